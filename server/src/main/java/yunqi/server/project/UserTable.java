package yunqi.server.project;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.Clock;
import yunqi.core.base.Name;
import yunqi.core.project.GrantSpec;
import yunqi.core.project.Role;
import yunqi.core.project.UserSpec;
import yunqi.core.wire.Wire;
import yunqi.server.store.Amounts;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/**
 * Users as rows of the store. What belongs to a user (grants, tokens, the link to a provider's account) claims a key in a scope of the user, by which it is found, and is
 * charged to the user's pool: so a user goes with all of that or not at all, and nobody who is given the name later inherits anything.
 */
public final class UserTable {
    public static final String KIND = "user";
    public static final String GRANT = "grant";
    public static final String TOKEN = "token";
    public static final String IDENTITY = "identity";

    /** Grants, tokens and identities of one user together; there is no reason for as many. */
    static final Amounts LIMIT = new Amounts(0, 0, 0, 10_000, 0);

    private static final Amounts ONE = new Amounts(0, 0, 0, 1, 0);

    private UserTable() {}

    /** What a user has to sign in with, kept apart from what is declared so that no answer can ever show it. */
    public record Secrets(Optional<String> password, Optional<String> provider) {
        public static final Secrets NONE = new Secrets(Optional.empty(), Optional.empty());

        /** The password's hash stays out of logs. */
        @Override
        public String toString() {
            return "Secrets[]";
        }
    }

    public static UserSpec spec(Row row) {
        return Wire.stored(row.desired(), UserSpec.class);
    }

    public static Secrets secrets(Row row) {
        return row.decided().equals(Row.EMPTY) ? Secrets.NONE : Wire.stored(row.decided(), Secrets.class);
    }

    /** Written to replace what a user signs in with. */
    public static Write keep(Row row, Secrets secrets) {
        return new Write.Decide(
                row.id(), row.meta().generation(), row.meta().decision(), Wire.write(secrets), Optional.empty());
    }

    static String pool(UUID user) {
        return "user/" + user;
    }

    /** Written beside the row of a new user: what will belong to the user is charged to this. */
    public static Write pooled(UUID user) {
        return new Write.Limit(pool(user), LIMIT);
    }

    /** Written beside something that belongs to the user: {@code thing} is its id, {@code key} what finds it. Refused if the user is gone. */
    public static List<Write> belongs(UUID user, String kind, String key, UUID thing) {
        return List.of(new Write.Charge(pool(user), thing, ONE), new Write.Claim(scope(user, kind), key, thing));
    }

    private static String scope(UUID user, String kind) {
        return kind + "s-of/" + user;
    }

    /** The names of all rows of tokens or identities that belong to the user; of grants, the projects that they are in. */
    public static List<Name> keys(Store store, UUID user, String kind) {
        return store.claims(scope(user, kind)).stream().map(Name::new).toList();
    }

    /** All rows of this kind that belong to the user. */
    public static List<Row> held(Store store, Row user, String kind) {
        List<Row> rows = new ArrayList<>();
        for (Name key : keys(store, user.id(), kind)) {
            Optional<Row> row = kind.equals(GRANT)
                    ? store.find(GRANT, Optional.of(key), user.meta().name())
                    : store.find(kind, Optional.empty(), key);
            row.ifPresent(rows::add);
        }
        return rows;
    }

    /** The user's roles, by project. */
    public static SortedMap<Name, Role> roles(Store store, Row user) {
        SortedMap<Name, Role> roles = new TreeMap<>();
        for (Row grant : held(store, user, GRANT)) {
            roles.put(grant.meta().project().orElseThrow(), role(grant));
        }
        return roles;
    }

    public static Role role(Row grant) {
        return Wire.stored(grant.desired(), GrantSpec.class).role();
    }

    /** Written to remove a row that no engine knows, at once. */
    public static List<Write> removal(Row row, Clock clock) {
        return List.of(
                new Write.MarkDeleted(row.id(), row.meta().generation(), clock.now()),
                new Write.Remove(row.id(), row.meta().decision()));
    }
}
