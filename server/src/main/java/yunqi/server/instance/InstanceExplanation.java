package yunqi.server.instance;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.Bytes;
import yunqi.core.base.Name;
import yunqi.core.host.Capacity;
import yunqi.core.host.Host;
import yunqi.core.host.HostId;
import yunqi.core.image.FlavorSpec;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.Instances;
import yunqi.core.project.Project;
import yunqi.core.schedule.Demand;
import yunqi.core.schedule.HostView;
import yunqi.core.schedule.Scheduler;
import yunqi.core.wire.Api;
import yunqi.server.host.HostTable;
import yunqi.server.http.Caller;
import yunqi.server.image.FlavorTable;
import yunqi.server.image.ImageTable;
import yunqi.server.store.Amounts;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/**
 * Why an instance is where it is, and why not elsewhere. The decision's own words are kept with it; what is said of each host is found anew when it is asked for, since the reasons of
 * thousands of hosts for each of as many instances would be kept for nobody, and be old.
 */
final class InstanceExplanation {
    private final Store store;

    InstanceExplanation(Store store) {
        this.store = store;
    }

    /** To those who may not see hosts, none is named. */
    Api.Explanation of(Instance whole, Caller caller, Instant now) {
        Instance instance = caller.hosts() ? whole : Curtain.before(whole);
        InstanceDecided decided = instance.decided();
        Optional<FlavorSpec> shape = store.find(
                        FlavorTable.KIND, Optional.empty(), instance.spec().flavor())
                .map(row -> FlavorTable.read(row).spec())
                .or(decided::shape);
        Capacity needs = shape.map(FlavorSpec::needs).orElse(Capacity.NONE);
        Demand demand = new Demand(
                needs,
                Instances.engine(instance.spec().type()),
                instance.spec().hostLabels(),
                instance.spec().host());
        List<HostView> views = new ArrayList<>();
        Optional<Name> at = Optional.empty();
        String architecture = architecture(instance);
        Query query = Query.all(HostTable.KIND);
        while (true) {
            Page page = store.list(query);
            for (Row row : page.rows()) {
                Host host = HostTable.read(row);
                boolean own = decided.host().map(HostId::value).equals(Optional.of(row.id()));
                at = own ? Optional.of(host.meta().name()) : at;
                views.add(Candidates.view(host, others(instance, row, own), architecture, "", now));
            }
            if (page.next().isEmpty()) {
                break;
            }
            query = query.after(page.next().get());
        }
        return new Api.Explanation(
                caller.hosts() ? at : Optional.empty(),
                decided.placed(),
                reason(decided),
                words(demand),
                now,
                caller.hosts() ? Scheduler.explain(demand, views) : List.of());
    }

    /** What others than the instance itself were promised on the host. */
    private Capacity others(Instance instance, Row host, boolean own) {
        Amounts charged = store.charged(HostTable.pool(host.id()));
        Capacity all =
                new Capacity(charged.milliCpus(), new Bytes(charged.memoryBytes()), new Bytes(charged.diskBytes()));
        Capacity mine = instance.decided().shape().map(FlavorSpec::needs).orElse(Capacity.NONE);
        return own ? all.minus(mine) : all;
    }

    private String architecture(Instance instance) {
        for (Name place : List.of(instance.project(), Project.LIBRARY)) {
            Optional<Row> row = store.find(
                    ImageTable.KIND, Optional.of(place), instance.spec().image());
            if (row.isPresent()) {
                return ImageTable.read(row.get()).spec().architecture();
            }
        }
        return "";
    }

    private static String reason(InstanceDecided decided) {
        return decided.waiting()
                .map(wait -> "waits since " + wait.since() + " for " + wait.code() + ": " + wait.message()
                        + "; tried again at " + wait.next())
                .orElse(decided.why());
    }

    private static String words(Demand demand) {
        Capacity needs = demand.needs();
        return needs.milliCpus() / 1000.0 + " vCPU, " + needs.memory() + " memory, " + needs.disk() + " disk, "
                + demand.engine()
                + demand.host().map(host -> ", host " + host).orElse("")
                + (demand.hostLabels().pairs().isEmpty()
                        ? ""
                        : ", labels " + demand.hostLabels().pairs());
    }
}
