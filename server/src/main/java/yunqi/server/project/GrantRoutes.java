package yunqi.server.project;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import yunqi.core.base.Clock;
import yunqi.core.project.GrantSpec;
import yunqi.core.wire.Api;
import yunqi.core.wire.Kind;
import yunqi.server.http.Caller;
import yunqi.server.http.Refused;
import yunqi.server.http.Right;
import yunqi.server.http.Rules;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/** Grants: who has which role in a project, said by its admins; each has the name of its user. */
public final class GrantRoutes implements Rules<GrantSpec, Api.Plain> {
    private final Store store;
    private final Clock clock;

    public GrantRoutes(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    @Override
    public Kind kind() {
        return Kind.GRANT;
    }

    @Override
    public Right.Of rights() {
        return new Right.Of(Right.VIEWER, Right.VIEWER, Right.ADMIN, Right.ADMIN);
    }

    @Override
    public Class<GrantSpec> spec() {
        return GrantSpec.class;
    }

    @Override
    public Class<Api.Plain> status() {
        return Api.Plain.class;
    }

    /** An admin must know the user's name: none is suggested, since who else is on the site is not the project's business. */
    @Override
    public Admitted<GrantSpec> admit(Wish<GrantSpec> wish) {
        if (wish.before().isPresent()) {
            return new Admitted<>(wish.spec(), List.of());
        }
        Row user = store.find(UserTable.KIND, java.util.Optional.empty(), wish.name())
                .filter(row -> row.meta().wanted())
                .orElseThrow(() -> Refused.unfit(
                        "unknown-user",
                        "name",
                        "there is no user '" + wish.name() + "'",
                        "operators make users: yunqi user create " + wish.name()));
        return new Admitted<>(wish.spec(), beside(wish.project().orElseThrow(), user, wish.id()));
    }

    /** Written beside the row of a new grant. */
    public static List<Write> beside(Row project, Row user, java.util.UUID grant) {
        List<Write> writes = new ArrayList<>();
        writes.add(Things.charge(project, grant));
        writes.addAll(UserTable.belongs(
                user.id(), UserTable.GRANT, project.meta().name().value(), grant));
        return writes;
    }

    @Override
    public List<Write> deletion(Row row, Caller caller) {
        return UserTable.removal(row, clock);
    }

    @Override
    public Function<Row, Api.Plain> lens(Caller caller, Collection<Row> rows) {
        return row -> new Api.Plain(
                "ready",
                "is " + UserTable.role(row).name().toLowerCase(Locale.ROOT) + " here",
                row.meta().created());
    }
}
