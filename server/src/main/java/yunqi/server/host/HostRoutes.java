package yunqi.server.host;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import yunqi.core.base.Bytes;
import yunqi.core.base.Clock;
import yunqi.core.base.Labels;
import yunqi.core.host.Capacity;
import yunqi.core.host.Host;
import yunqi.core.host.HostSpec;
import yunqi.core.host.Hosts;
import yunqi.core.wire.Api;
import yunqi.core.wire.Kind;
import yunqi.server.http.Caller;
import yunqi.server.http.Refused;
import yunqi.server.http.Right;
import yunqi.server.http.Rules;
import yunqi.server.store.Amounts;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/** Hosts: they come by joining, and leave when nothing runs on them. */
public final class HostRoutes implements Rules<HostSpec, Api.HostStatus> {
    private static final int NAMED = 3; // instances named in a refusal

    private final Store store;
    private final Clock clock;

    public HostRoutes(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    @Override
    public Kind kind() {
        return Kind.HOST;
    }

    @Override
    public Right.Of rights() {
        return Right.Of.SITE;
    }

    @Override
    public Class<HostSpec> spec() {
        return HostSpec.class;
    }

    @Override
    public Class<Api.HostStatus> status() {
        return Api.HostStatus.class;
    }

    @Override
    public Admitted<HostSpec> admit(Wish<HostSpec> wish) {
        if (wish.before().isEmpty()) {
            throw Refused.conflict(
                    "hosts-join",
                    "there is no host '" + wish.name() + "', and hosts are not made by declaring them",
                    "make a token with 'yunqi host token' and run 'yunqi join' on the machine");
        }
        return new Admitted<>(wish.spec(), List.of());
    }

    @Override
    public List<Write> deletion(Row row, Caller caller) {
        List<Row> on = store.list(new Query(
                        Kind.INSTANCE.word(), List.of(), Labels.NONE, Optional.of(row.id()), Optional.empty(), NAMED))
                .rows();
        if (!on.isEmpty()) {
            String names = String.join(
                    ", ",
                    on.stream()
                            .map(instance ->
                                    instance.meta().project().map(p -> p + "/").orElse("")
                                            + instance.meta().name())
                            .toList());
            throw Refused.conflict(
                    "in-use",
                    "instances are on host '" + row.meta().name() + "': " + names + (on.size() == NAMED ? ", …" : ""),
                    "close the host and delete its instances first");
        }
        // The pool goes with the host, and only if nothing is charged to it: no placement can slip in between.
        return List.of(
                new Write.MarkDeleted(row.id(), row.meta().generation(), clock.now()),
                new Write.Unlimit(HostTable.pool(row.id())),
                new Write.Remove(row.id(), row.meta().decision()));
    }

    @Override
    public Function<Row, Api.HostStatus> lens(Caller caller, Collection<Row> rows) {
        return this::status;
    }

    private Api.HostStatus status(Row row) {
        Host host = HostTable.read(row);
        Hosts.HostStatus status = Hosts.status(host, clock.now());
        Amounts promised = store.charged(HostTable.pool(row.id()));
        return new Api.HostStatus(
                status.state(),
                status.message(),
                status.since(),
                host.decided().epoch(),
                Hosts.capacity(host),
                new Capacity(promised.milliCpus(), new Bytes(promised.memoryBytes()), new Bytes(promised.diskBytes())),
                promised.instances(),
                host.seen().lastContact(),
                host.seen().facts(),
                host.seen().engines(),
                host.seen().orphans());
    }
}
