package yunqi.trials.simulation;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import yunqi.core.base.Name;
import yunqi.core.host.Capacity;
import yunqi.core.host.Host;
import yunqi.core.host.HostId;
import yunqi.core.host.Hosts;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Found;
import yunqi.core.instance.Instance;
import yunqi.core.instance.Instances;
import yunqi.core.instance.Step;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;
import yunqi.server.host.HostTable;
import yunqi.server.image.ImageTable;
import yunqi.server.instance.AssignmentOf;
import yunqi.server.instance.InstanceTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.project.ProjectTable;
import yunqi.server.project.Quotas;
import yunqi.server.store.Amounts;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.trials.simulation.world.Broken;

/** What must hold after every event, whatever goes wrong. */
final class Invariants {
    private static final Set<String> KINDS = Set.of(InstanceTable.KIND, HostTable.KIND, NetworkTable.KIND);

    private final Cloud cloud;
    private final Calls calls;
    private final Store store;
    private final Map<UUID, Row> rows = new HashMap<>();
    private final Map<UUID, Instance> instances = new TreeMap<>();
    private final Map<UUID, Host> hosts = new TreeMap<>();
    private final Map<NetworkId, Optional<Name>> projects = new HashMap<>();
    private final Map<PortId, NicPlan> ports = new HashMap<>();
    private final Set<UUID> deleted = new HashSet<>();
    private final Set<UUID> forgotten = new HashSet<>();
    private final Map<UUID, Set<UUID>> wasOn = new TreeMap<>();
    private Set<UUID> networks = Set.of();
    private final Map<Run, HostId> runs = new HashMap<>();
    private final Map<HostId, Amounts> most = new TreeMap<>();
    private long version = -1;

    /** An instance under one run epoch. */
    private record Run(UUID instance, long epoch) {}

    Invariants(Cloud cloud, Calls calls) {
        this.cloud = cloud;
        this.calls = calls;
        this.store = cloud.store();
    }

    Map<UUID, Instance> instances() {
        return instances;
    }

    Map<UUID, Host> hosts() {
        return hosts;
    }

    /** The store has forgotten something: what was accepted meanwhile may be no more. What happened on hosts and in engines has happened all the same. */
    void wentBack() {
        rows.clear();
        instances.clear();
        hosts.clear();
        calls.promised().clear();
        version = -1;
    }

    /** Somebody has the thing removed, by its identity. */
    void removed(UUID id) {
        deleted.add(id);
    }

    void check() {
        if (store.version() != version) {
            version = store.version();
            read();
            addressesAreUnique();
            chargesAreWhatWasDecided();
            projectsAreChargedForWhatTheyHold();
            whatWasAcceptedStays();
        }
        oneCopyAtMost();
        nothingIsDestroyedWithoutADeletion();
        portsAreOfTheirOwnProject();
        for (SimServer server : cloud.servers()) {
            require(server.bugs() == 0, server.name() + " logged a bug");
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new Broken(what);
        }
    }

    private void read() {
        Set<UUID> there = new HashSet<>();
        for (String kind : KINDS.stream().sorted().toList()) {
            for (Row row : store.list(Query.all(kind)).rows()) {
                there.add(row.id());
                forgotten.remove(row.id()); // a failover brought it back
                Row before = rows.put(row.id(), row);
                if (before == null || before.meta().version() != row.meta().version()) {
                    changed(before == null ? row : before, row);
                }
            }
        }
        rows.keySet().stream().filter(id -> !there.contains(id)).forEach(id -> {
            forgotten.add(id);
            calls.promised().remove(id);
            cloud.pending().gone(id);
        });
        rows.keySet().removeIf(id -> !there.contains(id));
        instances.keySet().removeIf(id -> !there.contains(id));
        hosts.keySet().removeIf(id -> !there.contains(id));
    }

    private void changed(Row before, Row row) {
        require(row.meta().generation() >= before.meta().generation(), "the generation of " + row.id() + " fell");
        require(row.meta().decision() >= before.meta().decision(), "the decision of " + row.id() + " fell");
        if (!row.meta().wanted()) {
            deleted.add(row.id());
        }
        switch (row.kind()) {
            case InstanceTable.KIND -> {
                Instance now = InstanceTable.read(row);
                Instance was = instances.put(row.id(), now);
                require(
                        was == null || now.decided().runEpoch() >= was.decided().runEpoch(),
                        "the run epoch of " + row.id() + " fell");
                decided(row, now);
            }
            case HostTable.KIND -> hosts.put(row.id(), HostTable.read(row));
            default -> {
                projects.put(new NetworkId(row.id()), row.meta().project());
                if (row.meta().wanted()
                        && NetworkTable.read(row).seen().applied().isPresent()) {
                    cloud.pending().done(row.id());
                }
            }
        }
    }

    private void decided(Row row, Instance now) {
        cloud.pending().on(row.id(), now.decided().host());
        now.decided().host().ifPresent(host -> {
            HostId before = runs.putIfAbsent(new Run(row.id(), now.decided().runEpoch()), host);
            require(
                    before == null || before.equals(host),
                    row.id() + " was to run on " + before + " and is to run on " + host + ", under one epoch");
        });
        for (NicPlan nic : now.decided().nics()) {
            ports.put(nic.port(), nic);
            require(
                    projects.getOrDefault(nic.network(), Optional.empty())
                            .equals(row.meta().project()),
                    row.id() + " is in another project's network " + nic.network());
        }
        boolean settled = row.meta().wanted()
                && Instances.next(
                                now,
                                new Instances.Resolved(
                                        now.decided().shape(),
                                        AssignmentOf.instance(now).map(Assignment::applied)))
                        instanceof Step.Done;
        if (settled) {
            cloud.pending().done(row.id());
        }
    }

    private void addressesAreUnique() {
        Map<String, UUID> owners = new HashMap<>();
        instances.forEach((id, instance) -> instance.decided().nics().forEach(nic -> {
            UUID other = owners.put(nic.network() + " " + nic.ip(), id);
            require(other == null, nic.ip() + " in one network is both of " + other + " and of " + id);
        }));
        for (NetworkId network : projects.keySet()) {
            long claimed = store.claims(NetworkTable.addresses(network.value())).size();
            long decided = owners.keySet().stream()
                    .filter(key -> key.startsWith(network + " "))
                    .count();
            require(claimed == decided, claimed + " addresses of " + network + " are claimed, " + decided + " decided");
        }
    }

    private void projectsAreChargedForWhatTheyHold() {
        for (Row project : store.list(Query.all(ProjectTable.KIND)).rows()) {
            Optional<Name> name = Optional.of(project.meta().name());
            long holds = store.count(InstanceTable.KIND, name)
                    + store.count(NetworkTable.KIND, name)
                    + store.count(ImageTable.KIND, name);
            long charged = store.charged(ProjectTable.pool(project.id())).instances();
            require(holds == charged, name + " is charged for " + charged + " things and holds " + holds);
            List<Instance> own = instances.values().stream()
                    .filter(instance -> instance.meta().project().equals(name))
                    .toList();
            long addresses = own.stream()
                    .mapToLong(instance -> instance.spec().networks().size())
                    .sum();
            Amounts taken = store.charged(Quotas.pool(project.meta().name()));
            require(
                    taken.instances() == own.size() && taken.addresses() == addresses,
                    taken + " is taken from the quota of " + name + ", by " + own.size() + " instances with "
                            + addresses + " addresses");
        }
    }

    /** Of a thing that is no more nothing can be said here: that it may go only when its deletion was asked for is checked where it runs. */
    private void whatWasAcceptedStays() {
        calls.promised().forEach((id, generation) -> {
            Row row = rows.get(id);
            require(
                    row == null || row.meta().generation() >= generation,
                    id + " was said to be at generation " + generation + ", which it never was");
        });
    }

    private void chargesAreWhatWasDecided() {
        for (Host host : hosts.values()) {
            Amounts decided = Amounts.NONE;
            Capacity promised = Capacity.NONE;
            for (Instance instance : instances.values()) {
                if (instance.decided().host().equals(Optional.of(host.id()))) {
                    Capacity needs = instance.decided().shape().orElseThrow().needs();
                    promised = promised.plus(needs);
                    decided = decided.plus(
                            Amounts.of(needs, 1, instance.decided().nics().size()));
                }
            }
            // An operator may promise less than was promised before: what is there already stays.
            Amounts has = most.merge(host.id(), Amounts.of(Hosts.capacity(host), 0, 0), Invariants::larger);
            require(
                    Amounts.of(promised, 0, 0).within(has),
                    host.meta().name() + " has " + has + " at most and " + promised + " is promised on it");
            require(
                    store.charged(HostTable.pool(host.meta().id())).equals(decided),
                    "what is charged to " + host.meta().name() + " is not what was decided for it");
        }
    }

    private static Amounts larger(Amounts one, Amounts other) {
        return new Amounts(
                Math.max(one.milliCpus(), other.milliCpus()),
                Math.max(one.memoryBytes(), other.memoryBytes()),
                Math.max(one.diskBytes(), other.diskBytes()),
                0,
                0);
    }

    private void oneCopyAtMost() {
        Map<UUID, SimHost> where = new HashMap<>();
        for (SimHost host : cloud.hosts()) {
            for (UUID instance : host.running()) {
                require(where.put(instance, host) == null, instance + " runs on two hosts");
            }
        }
    }

    private void nothingIsDestroyedWithoutADeletion() {
        for (SimHost host : cloud.hosts()) {
            Set<UUID> now = new TreeSet<>();
            for (Found found : host.machine().everything()) {
                now.add(found.id().value());
            }
            Set<UUID> before = wasOn.put(host.id().value(), now);
            for (UUID id : before == null ? Set.<UUID>of() : before) {
                require(now.contains(id) || deleted.contains(id), id + " was destroyed, but nobody deleted it");
            }
            for (UUID id : now) {
                require(
                        before == null || before.contains(id) || !forgotten.contains(id),
                        id + " was made anew on " + host.name() + " after it was deleted and forgotten");
            }
            require(host.machine().doubleStarts() == 0, "on " + host.name() + " something was started while it ran");
        }
    }

    private void portsAreOfTheirOwnProject() {
        Set<UUID> now = new TreeSet<>();
        cloud.networks().plans().forEach(plan -> now.add(plan.id().value()));
        for (UUID id : networks) {
            require(now.contains(id) || deleted.contains(id), "network " + id + " was removed, but nobody deleted it");
        }
        networks = now;
        for (NetworkPlan plan : cloud.networks().plans()) {
            Optional<Name> project = projects.getOrDefault(plan.id(), Optional.empty());
            require(project.equals(Optional.of(plan.project())), plan.id() + " is another project's network");
            for (NetworkPlan.Port port : plan.ports()) {
                NicPlan nic = ports.get(port.id());
                require(
                        nic != null && nic.network().equals(plan.id()),
                        port.id() + " is in " + plan.id() + " where it was never decided to be");
            }
        }
    }
}
