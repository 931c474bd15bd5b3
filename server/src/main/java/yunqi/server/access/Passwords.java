package yunqi.server.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import yunqi.core.base.BadValue;
import yunqi.core.base.Name;
import yunqi.server.http.Refused;

/**
 * Hashes of passwords: Argon2id, written in the usual form ({@code $argon2id$v=19$m=…,t=…,p=…$salt$hash}), so that the costs can be raised later and old hashes
 * still be checked. Safe for use by many threads.
 */
final class Passwords {
    /** Shorter ones are guessed; NIST asks for 8 at least, and for no rules about which characters. */
    static final int SHORTEST = 10;

    static final int LONGEST = 200; // more is not a password, and hashing it only costs

    // OWASP's first choice for Argon2id: some 50 ms of one processor, and memory that costs those who try millions.
    private static final int MEMORY_KIB = 19_456;
    private static final int PASSES = 2;
    private static final int SALT = 16;
    private static final int HASH = 32;
    private static final int AT_ONCE = 2; // each holds 19 MiB; more at once would let strangers fill our memory
    private static final long PATIENCE_SECONDS = 10;
    private static final Pattern FORM = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=([0-9]{1,7}),t=([0-9]{1,3}),p=([0-9]{1,2})\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)");
    private static final Base64.Encoder TEXT = Base64.getEncoder().withoutPadding();

    private final SecureRandom random = new SecureRandom();
    private final Semaphore slots = new Semaphore(AT_ONCE, true);
    private final String nobodys;

    Passwords() throws InterruptedException {
        nobodys = hash("nobody has this password");
    }

    /** Throws {@link BadValue} if it is too easy to guess. */
    static void check(Name user, String password) {
        int length = password.codePointCount(0, password.length());
        if (length < SHORTEST || length > LONGEST) {
            throw new BadValue("password", "use " + SHORTEST + " to " + LONGEST + " characters, of any kind");
        }
        if (password.contains(user.value()) && length < user.value().length() + SHORTEST) {
            throw new BadValue("password", "holds the user's name and little else");
        }
    }

    String hash(String password) throws InterruptedException {
        byte[] salt = new byte[SALT];
        random.nextBytes(salt);
        byte[] hash = derive(password, salt, MEMORY_KIB, PASSES, 1, HASH);
        return "$argon2id$v=19$m=" + MEMORY_KIB + ",t=" + PASSES + ",p=1$" + TEXT.encodeToString(salt) + "$"
                + TEXT.encodeToString(hash);
    }

    /** True if the password is that of this hash. Takes as long if there is none. */
    boolean right(String password, Optional<String> kept) throws InterruptedException {
        Matcher form = FORM.matcher(kept.orElse(nobodys));
        if (!form.matches()) {
            throw new IllegalStateException("a kept password hash has not the form of one");
        }
        byte[] hash = Base64.getDecoder().decode(form.group(5));
        byte[] given = derive(
                password.length() > LONGEST * 4 ? "" : password,
                Base64.getDecoder().decode(form.group(4)),
                Integer.parseInt(form.group(1)),
                Integer.parseInt(form.group(2)),
                Integer.parseInt(form.group(3)),
                hash.length);
        return MessageDigest.isEqual(hash, given) && kept.isPresent();
    }

    private byte[] derive(String password, byte[] salt, int memory, int passes, int lanes, int length)
            throws InterruptedException {
        if (!slots.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw Refused.later("busy", "too many are signing in at once", 5);
        }
        try {
            Argon2BytesGenerator generator = new Argon2BytesGenerator();
            generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                    .withMemoryAsKB(memory)
                    .withIterations(passes)
                    .withParallelism(lanes)
                    .withSalt(salt)
                    .build());
            byte[] hash = new byte[length];
            generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
            return hash;
        } finally {
            slots.release();
        }
    }
}
