package yunqi.server.project;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import yunqi.core.base.Clock;
import yunqi.core.project.Role;
import yunqi.core.project.UserSpec;
import yunqi.core.wire.Api;
import yunqi.core.wire.Kind;
import yunqi.server.http.Caller;
import yunqi.server.http.Refused;
import yunqi.server.http.Right;
import yunqi.server.http.Rules;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/** Users: made by operators, removed with their grants and tokens. */
public final class UserRoutes implements Rules<UserSpec, Api.UserStatus> {
    private final Store store;
    private final Clock clock;

    public UserRoutes(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    @Override
    public Kind kind() {
        return Kind.USER;
    }

    @Override
    public Right.Of rights() {
        return new Right.Of(Right.OPERATOR, Right.SELF, Right.OPERATOR, Right.OPERATOR);
    }

    @Override
    public Class<UserSpec> spec() {
        return UserSpec.class;
    }

    @Override
    public Class<Api.UserStatus> status() {
        return Api.UserStatus.class;
    }

    @Override
    public Admitted<UserSpec> admit(Wish<UserSpec> wish) {
        if (wish.name().equals(UserSpec.FIRST)) {
            throw Refused.unfit(
                    "reserved-name",
                    "name",
                    "'" + UserSpec.FIRST + "' is what the holder of the site's first token is called",
                    "choose another name; an operator is a user with operator: true");
        }
        return new Admitted<>(
                wish.spec(), wish.before().isPresent() ? List.of() : List.of(UserTable.pooled(wish.id())));
    }

    @Override
    public List<Write> deletion(Row row, Caller caller) {
        List<Write> writes = new ArrayList<>();
        writes.add(new Write.MarkDeleted(row.id(), row.meta().generation(), clock.now()));
        for (String kind : List.of(UserTable.GRANT, UserTable.TOKEN, UserTable.IDENTITY)) {
            UserTable.held(store, row, kind).forEach(held -> writes.addAll(UserTable.removal(held, clock)));
        }
        // Only if nothing is charged to it any more: a token made this very moment makes this refused, and tried again.
        writes.add(new Write.Unlimit(UserTable.pool(row.id())));
        writes.add(new Write.Remove(row.id(), row.meta().decision()));
        return writes;
    }

    @Override
    public Function<Row, Api.UserStatus> lens(Caller caller, Collection<Row> rows) {
        return row -> {
            boolean enabled = UserTable.spec(row).enabled();
            UserTable.Secrets secrets = UserTable.secrets(row);
            SortedMap<String, Role> roles = new TreeMap<>();
            UserTable.roles(store, row).forEach((project, role) -> roles.put(project.value(), role));
            return new Api.UserStatus(
                    enabled ? "active" : "disabled",
                    enabled ? "may sign in" : "can do nothing until enabled",
                    row.meta().created(),
                    secrets.password().isPresent(),
                    secrets.provider(),
                    roles,
                    UserTable.keys(store, row.id(), UserTable.TOKEN).size());
        };
    }
}
