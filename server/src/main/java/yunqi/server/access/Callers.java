package yunqi.server.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import yunqi.core.base.Clock;
import yunqi.core.base.Name;
import yunqi.core.project.Role;
import yunqi.core.project.UserSpec;
import yunqi.server.agents.JoinToken;
import yunqi.server.http.Caller;
import yunqi.server.http.Doorkeeper;
import yunqi.server.http.Refused;
import yunqi.server.project.ProjectTable;
import yunqi.server.project.UserTable;
import yunqi.server.store.Change;
import yunqi.server.store.LogTrimmed;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/**
 * Finds out who calls. Who was found is remembered for some seconds, since every request asks; the change log says when a token, a user, a grant or a project
 * changed, on whichever server, and what is remembered of them is forgotten at once. Safe for use by many threads.
 */
final class Callers implements Doorkeeper {
    /** In case the log is behind: what was taken back is forgotten after this long at the latest. */
    static final Duration REMEMBERED = Duration.ofSeconds(5);

    private static final int REMEMBERED_LIMIT = 10_000; // right tokens only; some megabytes
    private static final int BATCH = 1_000; // changes looked at for one request; past that, forgetting all is quicker
    private static final String FIRST = "operator-token"; // as the file is called that it is in
    private static final String WRONG = "the token is not valid";

    private record Known(Caller caller, Instant read, Instant expires) {}

    private final Store store;
    private final Clock clock;
    private final Tokens tokens;
    private final boolean hostsShown;
    private final Map<String, Known> known = new ConcurrentHashMap<>(); // by the hash of a right token
    private volatile long seen;

    /** {@code hostsShown} if everybody may know which hosts there are. */
    Callers(Store store, Clock clock, Tokens tokens, boolean hostsShown) {
        this.store = store;
        this.clock = clock;
        this.tokens = tokens;
        this.hostsShown = hostsShown;
        this.seen = store.version();
    }

    @Override
    public Caller caller(String authorization) {
        if (authorization.isEmpty()) {
            throw unknown("no token was sent");
        }
        String secret = secret(authorization).orElseThrow(() -> unknown(WRONG));
        String hash = JoinToken.hash(secret);
        catchUp();
        Instant now = clock.now();
        Known found = known.get(hash);
        if (found != null && found.read.plus(REMEMBERED).isAfter(now) && found.expires.isAfter(now)) {
            return found.caller;
        }
        known.remove(hash);
        long version = seen;
        Row token = tokens.find(secret).orElseThrow(() -> unknown(WRONG));
        KeptToken kept = Tokens.kept(token);
        if (!MessageDigest.isEqual(ascii(kept.hash()), ascii(hash))) {
            throw unknown(WRONG);
        }
        if (tokens.expired(token)) {
            throw unknown("the token has expired");
        }
        Caller caller = kept.purpose().equals(KeptToken.OPERATOR) ? first(token) : user(token, kept);
        tokens.use(token);
        remember(hash, new Known(caller, now, kept.expires().orElse(Instant.MAX)), version);
        return caller;
    }

    private static Caller first(Row token) {
        return new Caller(
                UserSpec.FIRST,
                Optional.empty(),
                Optional.of(new Caller.Token(token.id(), FIRST)),
                true,
                false,
                true,
                new TreeMap<>());
    }

    private Caller user(Row token, KeptToken kept) {
        Row user = kept.user()
                .flatMap(store::get)
                .filter(row -> row.kind().equals(UserTable.KIND) && row.meta().wanted())
                .orElseThrow(() -> unknown(WRONG));
        UserSpec spec = UserTable.spec(user);
        if (!spec.enabled()) {
            throw unknown("user '" + user.meta().name() + "' is disabled");
        }
        boolean operator = spec.operator() && !kept.limited();
        return new Caller(
                user.meta().name(),
                Optional.of(user.id()),
                Optional.of(new Caller.Token(token.id(), kept.name().orElse(""))),
                operator,
                kept.limited(),
                operator || hostsShown,
                operator ? new TreeMap<>() : roles(user, spec, kept));
    }

    /** The user's roles as far as the token reaches. */
    private SortedMap<Name, Role> roles(Row user, UserSpec spec, KeptToken kept) {
        SortedMap<Name, Role> roles = new TreeMap<>();
        SortedMap<Name, Role> granted = UserTable.roles(store, user);
        Role most = kept.role().orElse(Role.ADMIN);
        if (kept.project().isEmpty()) {
            // An operator's token with a role alone reaches no further than his grants: 'everywhere' is what it was
            // made to avoid.
            granted.forEach((project, role) -> roles.put(project, Role.least(role, most)));
            return roles;
        }
        Name project = kept.project().get();
        Optional<Row> row = store.find(ProjectTable.KIND, Optional.empty(), project)
                .filter(found -> kept.projectId().equals(Optional.of(found.id())));
        Optional<Role> role = spec.operator() ? Optional.of(Role.ADMIN) : Optional.ofNullable(granted.get(project));
        if (row.isPresent() && role.isPresent()) {
            roles.put(project, Role.least(role.get(), most));
        }
        return roles;
    }

    /** Not if anything was forgotten since the store was read: it may have been this. */
    private synchronized void remember(String hash, Known caller, long version) {
        if (seen == version) {
            if (known.size() >= REMEMBERED_LIMIT) {
                known.clear();
            }
            known.put(hash, caller);
        }
    }

    /** Forgets what has changed since the last request. */
    private void catchUp() {
        if (store.version() == seen) {
            return;
        }
        synchronized (this) {
            long version = store.version();
            try {
                List<Change> changes = store.changes(seen, BATCH);
                if (changes.size() == BATCH) {
                    known.clear();
                }
                changes.forEach(this::forget);
            } catch (LogTrimmed trimmed) {
                known.clear();
            }
            seen = Math.max(seen, version);
        }
    }

    private void forget(Change change) {
        switch (change.kind()) {
            case JoinToken.KIND ->
                known.values()
                        .removeIf(
                                one -> one.caller.token().map(Caller.Token::id).equals(Optional.of(change.id())));
            case UserTable.KIND, UserTable.GRANT, ProjectTable.KIND -> known.clear();
            default -> {}
        }
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

    private static Refused unknown(String detail) {
        return new Refused(
                401,
                "unauthorized",
                detail,
                "sign in with 'yunqi login', or send 'Authorization: Bearer TOKEN'; the first token is in ROOT/server/operator-token");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
