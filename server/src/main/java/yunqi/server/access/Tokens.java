package yunqi.server.access;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import yunqi.core.base.Clock;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.wire.Api;
import yunqi.core.wire.Wire;
import yunqi.server.agents.JoinToken;
import yunqi.server.http.Doorkeeper;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/**
 * Tokens, as rows of kind {@code token}. A token is 256 random bits, of which only the SHA-256 is kept. Passwords need a slow hash because people choose
 * them out of a few billion; nobody can try even a vanishing part of 2^256, however fast the hash. Safe for use by many threads.
 */
public final class Tokens implements Doorkeeper {
    /** A host must join within this time after its token was made. */
    public static final Duration JOIN = Duration.ofHours(1);

    private static final String OPERATOR = "operator";
    private static final int BYTES = 32;
    private static final Duration REMEMBERED = Duration.ofSeconds(5); // a token that is taken back still works so long
    private static final int REMEMBERED_LIMIT = 1_000; // right tokens only; there are never that many operators

    private final Store store;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Instant> right = new ConcurrentHashMap<>(); // hash of a right token → looked up when

    /** What is kept of an operator's token: the same fields as of a {@link JoinToken}, but it doesn't run out. */
    private record Kept(String hash, String purpose, Optional<Instant> expires) {}

    public Tokens(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Makes the first operator's token unless there is one, and writes it to the file, for the operator alone to read. If the file is there already it
     * holds the token: a server that crashed in between, or lost its rows, goes on with it.
     */
    public void first(Path file) throws IOException {
        if (hasOperator()) {
            return;
        }
        String secret = Files.exists(file) ? Files.readString(file).strip() : secret();
        if (!Files.exists(file)) {
            write(file, secret);
        }
        Written written = store.write(List.of(new Write.Create(
                row(secret, Wire.write(new Kept(JoinToken.hash(secret), OPERATOR, Optional.empty()))))));
        if (written instanceof Written.Refused refused && refused.reason() != Written.Reason.NAME_TAKEN) {
            throw new IOException("the operator's token cannot be kept: " + refused.detail());
        }
    }

    /** A new token that lets one host join, once, soon. */
    public Api.JoinToken join() {
        forgetExpired();
        String secret = secret();
        Instant expires = clock.now().plus(JOIN);
        Written written = store.write(List.of(new Write.Create(
                row(secret, Wire.write(new JoinToken(JoinToken.hash(secret), JoinToken.JOIN, expires))))));
        if (written instanceof Written.Refused refused) {
            throw new IllegalStateException("a fresh random token is not new: " + refused.detail());
        }
        return new Api.JoinToken(secret, expires);
    }

    @Override
    public boolean operator(String authorization) {
        Optional<String> secret = secret(authorization);
        if (secret.isEmpty()) {
            return false;
        }
        String hash = JoinToken.hash(secret.get());
        Instant known = right.get(hash);
        if (known != null && known.plus(REMEMBERED).isAfter(clock.now())) {
            return true;
        }
        boolean proven = kept(secret.get())
                .filter(token -> token.purpose().equals(OPERATOR))
                .filter(token ->
                        token.expires().isEmpty() || token.expires().get().isAfter(clock.now()))
                .filter(token -> MessageDigest.isEqual(ascii(token.hash()), ascii(hash)))
                .isPresent();
        if (proven) {
            if (right.size() >= REMEMBERED_LIMIT) {
                right.clear();
            }
            right.put(hash, clock.now());
        } else {
            right.remove(hash);
        }
        return proven;
    }

    /** The token in the header: after {@code Bearer}, or as the password after {@code Basic}, since OCI clients know nothing else. */
    private static Optional<String> secret(String authorization) {
        if (authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return Optional.of(authorization.substring(7).strip());
        }
        if (authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
            try {
                byte[] pair =
                        Base64.getDecoder().decode(authorization.substring(6).strip());
                String text = new String(pair, StandardCharsets.UTF_8);
                return Optional.of(text.substring(text.indexOf(':') + 1));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private Optional<Kept> kept(String secret) {
        return store.find(JoinToken.KIND, Optional.empty(), JoinToken.name(secret))
                .filter(row -> row.meta().wanted())
                .map(row -> Wire.stored(row.desired(), Kept.class));
    }

    private boolean hasOperator() {
        return all().stream()
                .anyMatch(
                        row -> Wire.stored(row.desired(), Kept.class).purpose().equals(OPERATOR));
    }

    private void forgetExpired() {
        for (Row row : all()) {
            Kept kept = Wire.stored(row.desired(), Kept.class);
            if (kept.expires().isPresent() && kept.expires().get().isBefore(clock.now())) {
                // Refused if it was used this very moment: then it is gone already.
                store.write(List.of(
                        new Write.MarkDeleted(row.id(), row.meta().generation(), clock.now()),
                        new Write.Remove(row.id(), row.meta().decision())));
            }
        }
    }

    private List<Row> all() {
        List<Row> rows = new ArrayList<>();
        Query query = Query.all(JoinToken.KIND);
        while (true) {
            Page page = store.list(query);
            rows.addAll(page.rows());
            if (page.next().isEmpty()) {
                return rows;
            }
            query = query.after(page.next().get());
        }
    }

    private Row row(String secret, String desired) {
        Meta meta = new Meta(
                UUID.randomUUID(),
                Optional.empty(),
                JoinToken.name(secret),
                Labels.NONE,
                1,
                0,
                0,
                0,
                clock.now(),
                Optional.empty());
        return new Row(JoinToken.KIND, meta, desired, Row.EMPTY, Row.EMPTY, Optional.empty());
    }

    private String secret() {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static void write(Path file, String secret) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(partial);
        Files.createFile(partial, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(partial, secret + "\n");
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
