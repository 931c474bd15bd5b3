package yunqi.agent.metadata;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import yunqi.core.base.Clock;
import yunqi.core.instance.InstanceId;

/**
 * The tokens of EC2's second version: whoever can only make an instance send a GET has none. A token is its end of life and a keyed hash of that and of the
 * instance, so none is kept. The key is this process's: after a restart of the agent clients are told 401 once, and ask for a new one, as the end of
 * a token's life has them do anyway.
 */
final class Tokens {
    /** As EC2 has it: six hours. */
    static final long LONGEST_SECONDS = Duration.ofHours(6).toSeconds();

    private static final String ALGORITHM = "HmacSHA256";

    private final byte[] key;
    private final Clock clock;

    Tokens(byte[] key, Clock clock) {
        this.key = key.clone();
        this.clock = clock;
    }

    String issue(InstanceId instance, long seconds) {
        byte[] end = end(clock.now().plusSeconds(seconds));
        byte[] token = Arrays.copyOf(end, end.length + 32);
        System.arraycopy(hash(instance, end), 0, token, end.length, 32);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    }

    /** True if this instance was given that token, and it still lives. */
    boolean good(InstanceId instance, String token) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            return false;
        }
        if (bytes.length != Long.BYTES + 32) {
            return false;
        }
        byte[] end = Arrays.copyOf(bytes, Long.BYTES);
        byte[] hash = Arrays.copyOfRange(bytes, Long.BYTES, bytes.length);
        if (!MessageDigest.isEqual(hash, hash(instance, end))) {
            return false;
        }
        long left = ByteBuffer.wrap(end).getLong() - clock.now().getEpochSecond();
        return left > 0 && left <= LONGEST_SECONDS; // more than was ever given: the clock was set back
    }

    private static byte[] end(Instant end) {
        return ByteBuffer.allocate(Long.BYTES).putLong(end.getEpochSecond()).array();
    }

    private byte[] hash(InstanceId instance, byte[] end) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update(end);
            return mac.doFinal(instance.toString().getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
