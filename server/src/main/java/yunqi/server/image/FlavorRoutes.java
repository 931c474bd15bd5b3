package yunqi.server.image;

import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import yunqi.core.base.Clock;
import yunqi.core.image.FlavorSpec;
import yunqi.core.wire.Api;
import yunqi.core.wire.Kind;
import yunqi.server.http.Caller;
import yunqi.server.http.Refused;
import yunqi.server.http.Right;
import yunqi.server.http.Rules;
import yunqi.server.store.Row;
import yunqi.server.store.Write;

/** Flavors: changed freely (instances follow), removed only while no instance is of that size. */
public final class FlavorRoutes implements Rules<FlavorSpec, Api.Plain> {
    private final Clock clock;
    private final Function<Row, List<String>> users;

    /** {@code users} names some instances that use a flavor: instances come later and are not known here. */
    public FlavorRoutes(Clock clock, Function<Row, List<String>> users) {
        this.clock = clock;
        this.users = users;
    }

    @Override
    public Kind kind() {
        return Kind.FLAVOR;
    }

    @Override
    public Right.Of rights() {
        return Right.Of.OFFERED;
    }

    @Override
    public Class<FlavorSpec> spec() {
        return FlavorSpec.class;
    }

    @Override
    public Class<Api.Plain> status() {
        return Api.Plain.class;
    }

    @Override
    public Admitted<FlavorSpec> admit(Wish<FlavorSpec> wish) {
        return new Admitted<>(wish.spec(), List.of());
    }

    @Override
    public List<Write> deletion(Row row, Caller caller) {
        return removal(row, users.apply(row), clock);
    }

    @Override
    public Function<Row, Api.Plain> lens(Caller caller, Collection<Row> rows) {
        return row -> new Api.Plain("ready", "can be used", row.meta().created());
    }

    /** Removes what no engine knows, at once. */
    static List<Write> removal(Row row, List<String> users, Clock clock) {
        if (!users.isEmpty()) {
            throw Refused.conflict(
                    "in-use",
                    "the " + row.kind() + " '" + row.meta().name() + "' is used by " + String.join(", ", users),
                    "delete or change those first");
        }
        return List.of(
                new Write.MarkDeleted(row.id(), row.meta().generation(), clock.now()),
                new Write.Remove(row.id(), row.meta().decision()));
    }
}
