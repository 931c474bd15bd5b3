package yunqi.trials.simulation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.host.Capacity;
import yunqi.core.host.Host;
import yunqi.core.host.Hosts;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Found;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.Instances;
import yunqi.core.instance.Step;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;
import yunqi.core.schedule.Demand;
import yunqi.core.schedule.HostView;
import yunqi.core.schedule.Placement;
import yunqi.core.schedule.Scheduler;
import yunqi.server.host.HostTable;
import yunqi.server.image.FlavorTable;
import yunqi.server.instance.AssignmentOf;
import yunqi.server.instance.OrphanTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.Amounts;
import yunqi.server.store.Query;
import yunqi.server.store.Row;

/** What is still missing until everything is as wanted, some time after the last fault. */
final class Converged {
    private final Cloud cloud;
    private final Invariants known;
    private final Set<UUID> strangers;
    private final List<String> missing = new ArrayList<>();

    private Converged(Cloud cloud, Invariants known, Set<UUID> strangers) {
        this.cloud = cloud;
        this.known = known;
        this.strangers = strangers;
    }

    /** In words; empty if nothing is. */
    static List<String> missing(Cloud cloud, Invariants known, Set<UUID> strangers) {
        Converged converged = new Converged(cloud, known, strangers);
        known.instances().values().forEach(converged::instance);
        cloud.hosts().forEach(converged::host);
        converged.networks();
        cloud.store()
                .list(Query.all(OrphanTable.KIND))
                .rows()
                .forEach(row -> converged.missing.add("an orphan is still told of: " + OrphanTable.read(row)));
        return converged.missing;
    }

    private void instance(Instance instance) {
        String name = instance.meta().name() + " (" + instance.id() + ")";
        if (!instance.meta().wanted()) {
            missing.add(name + " is not forgotten: " + instance.seen());
            return;
        }
        Optional<InstanceDecided.Waiting> wait = instance.decided().waiting();
        if (wait.isPresent()) {
            if (wait.get().code().equals("no-room") && instance.decided().host().isEmpty() && roomFor(instance)) {
                missing.add(name + " is not placed though there is room: " + wait.get());
            }
            return; // Other reasons are the users' doing: a network that is no more, an address that is taken.
        }
        Optional<Row> flavor = cloud.store()
                .find(FlavorTable.KIND, Optional.empty(), instance.spec().flavor());
        Step step = Instances.next(
                instance,
                new Instances.Resolved(
                        flavor.map(row -> FlavorTable.read(row).spec()),
                        AssignmentOf.instance(instance).map(Assignment::applied)));
        if (!(step instanceof Step.Done)) {
            missing.add(name + " needs " + step + "; " + instance.decided().host() + "; wanted running: "
                    + instance.spec().running() + "; seen " + instance.seen());
        }
    }

    private boolean roomFor(Instance instance) {
        List<HostView> views = new ArrayList<>();
        Instant now = cloud.world().now();
        for (Host host : known.hosts().values()) {
            Amounts charged = cloud.store().charged(HostTable.pool(host.meta().id()));
            views.add(new HostView(
                    host.id(),
                    host.meta().name(),
                    host.meta().labels(),
                    Hosts.capacity(host),
                    new Capacity(charged.milliCpus(), new Bytes(charged.memoryBytes()), new Bytes(charged.diskBytes())),
                    Set.of("any"),
                    Hosts.status(host, now).state().equals("ready") ? "" : "closed"));
        }
        Capacity needs = FlavorTable.read(cloud.store()
                        .find(
                                FlavorTable.KIND,
                                Optional.empty(),
                                instance.spec().flavor())
                        .orElseThrow())
                .spec()
                .needs();
        Demand demand = new Demand(
                needs, "any", instance.spec().hostLabels(), instance.spec().host());
        return Scheduler.place(demand, views) instanceof Placement.Placed;
    }

    private void host(SimHost host) {
        Set<UUID> wanted = new TreeSet<>();
        for (Map.Entry<UUID, Instance> entry : known.instances().entrySet()) {
            if (entry.getValue().decided().host().equals(Optional.of(host.id()))) {
                wanted.add(entry.getKey());
            }
        }
        for (Found found : host.machine().everything()) {
            UUID id = found.id().value();
            if (!wanted.contains(id) && !strangers.contains(id)) {
                missing.add(id + " is left on " + host.id());
            }
        }
        for (UUID id : host.machine().attached()) {
            if (!wanted.contains(id)) {
                missing.add("ports of " + id + " are left on " + host.id());
            }
        }
    }

    private void networks() {
        Set<UUID> rows = new TreeSet<>();
        for (Row row : cloud.store().list(Query.all(NetworkTable.KIND)).rows()) {
            rows.add(row.id());
            Set<PortId> decided = new TreeSet<>();
            for (Instance instance : known.instances().values()) {
                for (NicPlan nic : instance.decided().nics()) {
                    if (nic.network().value().equals(row.id())) {
                        decided.add(nic.port());
                    }
                }
            }
            Set<PortId> there = new TreeSet<>();
            for (NetworkPlan plan : cloud.networks().plans()) {
                if (plan.id().value().equals(row.id())) {
                    plan.ports().forEach(port -> there.add(port.id()));
                }
            }
            if (!there.equals(decided)) {
                missing.add("network " + row.id() + " has " + there + " instead of " + decided);
            }
            if (!row.meta().wanted() && decided.isEmpty()) {
                missing.add("network " + row.id() + " is not forgotten");
            }
            if (cloud.store().claims(NetworkTable.addresses(row.id())).size() != decided.size()) {
                missing.add("network " + row.id() + " has other claims than ports");
            }
        }
        for (NetworkPlan plan : cloud.networks().plans()) {
            if (!rows.contains(plan.id().value())) {
                missing.add("network " + plan.id() + " is left in the engine");
            }
        }
    }
}
