package yunqi.server.access;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.BadValue;
import yunqi.core.base.Clock;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.wire.Api;
import yunqi.core.wire.Wire;
import yunqi.server.agents.JoinToken;
import yunqi.server.http.Refused;
import yunqi.server.project.ProjectTable;
import yunqi.server.project.UserTable;
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
public final class Tokens {
    /** A host must join within this time after its token was made. */
    public static final Duration JOIN = Duration.ofHours(1);

    /** How long one is signed in: a working day. */
    public static final Duration SESSION = Duration.ofHours(12);

    /** How long a token is good for if its maker doesn't say. */
    static final Duration USUAL = Duration.ofDays(90);

    static final Duration LONGEST = Duration.ofDays(3_660); // ten years: whoever wants more wants never to look again

    /** Tokens of one user: more than anybody keeps apart. Sessions count, and the oldest give way. */
    static final int LIMIT = 100;

    private static final String PREFIX = "yq_"; // so that scanners of source code find tokens that got into it
    private static final int BYTES = 32;
    private static final Duration FINE = Duration.ofMinutes(5); // a token's last use is known to within this

    private final Store store;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    public Tokens(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Makes the first operator's token unless there is one, and writes it to the file, for the operator alone to read. If the file is there already it
     * holds the token: a server that crashed in between, or lost its rows, goes on with it.
     */
    public void first(Path file) throws IOException {
        if (all().stream().anyMatch(row -> kept(row).purpose().equals(KeptToken.OPERATOR))) {
            return;
        }
        String secret = Files.exists(file) ? Files.readString(file).strip() : random();
        if (!Files.exists(file)) {
            write(file, secret);
        }
        Written written = store.write(
                List.of(new Write.Create(row(secret, Wire.write(KeptToken.first(JoinToken.hash(secret)))))));
        if (written instanceof Written.Refused refused && refused.reason() != Written.Reason.NAME_TAKEN) {
            throw new IOException("the operator's token cannot be kept: " + refused.detail());
        }
    }

    /** A new token that lets one host join, once, soon. */
    public Api.JoinToken join() {
        forgetExpired(all());
        String secret = random();
        Instant expires = clock.now().plus(JOIN);
        Written written = store.write(List.of(new Write.Create(
                row(secret, Wire.write(new JoinToken(JoinToken.hash(secret), JoinToken.JOIN, expires))))));
        if (written instanceof Written.Refused refused) {
            throw new IllegalStateException("a fresh random token is not new: " + refused.detail());
        }
        return new Api.JoinToken(secret, expires);
    }

    /** A new token of this user. Throws {@link Refused} if it cannot be as wished. */
    Api.NewToken make(Row user, Api.TokenWish wish) {
        Instant now = clock.now();
        Instant expires = wish.expires().orElse(now.plus(USUAL));
        if (!expires.isAfter(now) || expires.isAfter(now.plus(LONGEST))) {
            throw new BadValue("expires", expires + " is not between now and ten years from now");
        }
        List<Row> tokens = UserTable.held(store, user, UserTable.TOKEN);
        forgetExpired(tokens);
        if (tokens.size() >= LIMIT) {
            throw Refused.conflict(
                    "too-many", "user '" + user.meta().name() + "' has " + LIMIT + " tokens", "revoke some first");
        }
        // A project that the user has no role in is accepted whether it is there or not: the token is then good for
        // nothing.
        Optional<UUID> project = wish.project()
                .flatMap(name -> store.find(ProjectTable.KIND, Optional.empty(), name))
                .map(Row::id);
        String secret = PREFIX + random();
        KeptToken kept = new KeptToken(
                JoinToken.hash(secret),
                KeptToken.USER,
                Optional.of(expires),
                Optional.of(user.id()),
                Optional.of(wish.name().value()),
                wish.project(),
                project,
                wish.role());
        keep(user, secret, kept);
        return new Api.NewToken(secret, user.meta().name(), wish.name().value(), wish.project(), wish.role(), expires);
    }

    /** A new token for one who has just signed in. */
    Api.NewToken session(Row user) {
        return session(user, SESSION);
    }

    /** A new token for one who has just signed in, for so long. The oldest of his sessions gives way if he has too many. */
    public Api.NewToken session(Row user, Duration length) {
        List<Row> tokens = UserTable.held(store, user, UserTable.TOKEN);
        forgetExpired(tokens);
        List<Row> sessions = tokens.stream()
                .filter(row -> kept(row).purpose().equals(KeptToken.SESSION))
                .sorted(java.util.Comparator.comparing(row -> row.meta().created()))
                .toList();
        if (tokens.size() >= LIMIT && !sessions.isEmpty()) {
            remove(sessions.getFirst());
        }
        Instant expires = clock.now().plus(length);
        String secret = PREFIX + random();
        String name = "session-" + JoinToken.hash(secret).substring(0, 12);
        KeptToken kept = new KeptToken(
                JoinToken.hash(secret),
                KeptToken.SESSION,
                Optional.of(expires),
                Optional.of(user.id()),
                Optional.of(name),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        keep(user, secret, kept);
        return new Api.NewToken(secret, user.meta().name(), name, Optional.empty(), Optional.empty(), expires);
    }

    /** All tokens of a user that can still be used. */
    Api.Tokens list(Row user) {
        List<Api.TokenShown> shown = new ArrayList<>();
        for (Row row : UserTable.held(store, user, UserTable.TOKEN)) {
            KeptToken kept = kept(row);
            if (!expired(row)) {
                shown.add(new Api.TokenShown(
                        kept.name().orElseThrow(),
                        kept.purpose().equals(KeptToken.SESSION),
                        kept.project(),
                        kept.role(),
                        row.meta().created(),
                        kept.expires().orElseThrow(),
                        used(row)));
            }
        }
        shown.sort(java.util.Comparator.comparing(Api.TokenShown::created));
        return new Api.Tokens(shown);
    }

    /** Takes a token of the user back. Throws {@link Refused} if there is none of this name. */
    void revoke(Row user, String name) {
        Row row = UserTable.held(store, user, UserTable.TOKEN).stream()
                .filter(held -> kept(held).name().equals(Optional.of(name)))
                .findFirst()
                .orElseThrow(() -> Refused.notFound(
                        "user '" + user.meta().name() + "' has no token '" + new Name(name) + "'",
                        "'yunqi token list' shows them"));
        remove(row);
    }

    /** Takes this token back, if it is there. */
    void revoke(UUID token) {
        store.get(token).ifPresent(this::remove);
    }

    /** Ends all that the user has signed in to, this one excepted. */
    void endSessions(Row user, Optional<UUID> but) {
        UserTable.held(store, user, UserTable.TOKEN).stream()
                .filter(row -> kept(row).purpose().equals(KeptToken.SESSION))
                .filter(row -> !but.equals(Optional.of(row.id())))
                .forEach(this::remove);
    }

    /** The row of the token with this secret, if there is one, whether it has run out or not. */
    Optional<Row> find(String secret) {
        return store.find(JoinToken.KIND, Optional.empty(), JoinToken.name(secret))
                .filter(row -> row.meta().wanted());
    }

    static KeptToken kept(Row row) {
        return Wire.stored(row.desired(), KeptToken.class);
    }

    boolean expired(Row row) {
        return kept(row).expires().filter(end -> !end.isAfter(clock.now())).isPresent();
    }

    private static Optional<Instant> used(Row row) {
        return row.seen().equals(Row.EMPTY)
                ? Optional.empty()
                : Optional.of(Wire.stored(row.seen(), KeptToken.Used.class).at());
    }

    /** Remembers that a token is used now. Refused if another request was faster to say so, which is as good. */
    void use(Row row) {
        Instant now = clock.now();
        if (used(row).filter(at -> at.plus(FINE).isAfter(now)).isEmpty()) {
            store.write(List.of(
                    new Write.Observe(row.id(), row.meta().observation(), Wire.write(new KeptToken.Used(now)))));
        }
    }

    private void keep(Row user, String secret, KeptToken kept) {
        Row row = row(secret, Wire.write(kept));
        List<Write> writes = new ArrayList<>(List.of(new Write.Create(row)));
        writes.addAll(
                UserTable.belongs(user.id(), UserTable.TOKEN, row.meta().name().value(), row.id()));
        writes.add(new Write.Claim("token-names-of/" + user.id(), kept.name().orElseThrow(), row.id()));
        if (store.write(writes) instanceof Written.Refused refused) {
            throw switch (refused.reason()) {
                case TAKEN ->
                    Refused.conflict(
                            "name-taken",
                            "user '" + user.meta().name() + "' has a token '"
                                    + kept.name().orElseThrow() + "' already",
                            "choose another name, or revoke that one first");
                default -> Refused.notFound("there is no user '" + user.meta().name() + "' any more", "");
            };
        }
    }

    private void remove(Row row) {
        // Refused if it is gone already.
        store.write(UserTable.removal(row, clock));
    }

    private void forgetExpired(List<Row> rows) {
        rows.stream().filter(this::expired).forEach(this::remove);
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

    private String random() {
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
}
