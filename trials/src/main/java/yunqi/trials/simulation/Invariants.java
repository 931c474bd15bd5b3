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
import yunqi.core.host.Hosts;
import yunqi.core.instance.Found;
import yunqi.core.instance.Instance;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;
import yunqi.server.host.HostTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.Amounts;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/** What must hold after every event, whatever goes wrong. */
final class Invariants {
    private final Cloud cloud;
    private final Store store;
    private final Map<UUID, Row> rows = new HashMap<>();
    private final Map<UUID, Instance> instances = new TreeMap<>();
    private final Map<UUID, Host> hosts = new TreeMap<>();
    private final Map<NetworkId, Optional<Name>> projects = new HashMap<>();
    private final Map<PortId, NicPlan> ports = new HashMap<>();
    private final Set<UUID> deleted = new HashSet<>();
    private final Map<UUID, Set<UUID>> wasOn = new TreeMap<>();
    private Set<UUID> networks = Set.of();
    private long version = -1;

    Invariants(Cloud cloud) {
        this.cloud = cloud;
        this.store = cloud.store();
    }

    Map<UUID, Instance> instances() {
        return instances;
    }

    Map<UUID, Host> hosts() {
        return hosts;
    }

    void check() {
        if (store.version() != version) {
            version = store.version();
            read();
            addressesAreUnique();
            chargesAreWhatWasDecided();
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
        for (String kind : List.of(InstanceTable.KIND, HostTable.KIND, NetworkTable.KIND)) {
            for (Row row : store.list(Query.all(kind)).rows()) {
                there.add(row.id());
                Row before = rows.put(row.id(), row);
                if (before == null || before.meta().version() != row.meta().version()) {
                    changed(before == null ? row : before, row);
                }
            }
        }
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
                now.decided().nics().forEach(nic -> ports.put(nic.port(), nic));
            }
            case HostTable.KIND -> hosts.put(row.id(), HostTable.read(row));
            default -> projects.put(new NetworkId(row.id()), row.meta().project());
        }
    }

    private void addressesAreUnique() {
        Map<String, UUID> owners = new HashMap<>();
        instances.forEach((id, instance) -> instance.decided().nics().forEach(nic -> {
            UUID other = owners.put(nic.network() + " " + nic.ip(), id);
            require(other == null, nic.ip() + " in one network is both of " + other + " and of " + id);
        }));
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
            Capacity has = Hosts.capacity(host);
            require(
                    promised.milliCpus() <= has.milliCpus()
                            && promised.memory().compareTo(has.memory()) <= 0
                            && promised.disk().compareTo(has.disk()) <= 0,
                    host.meta().name() + " has " + has + " and " + promised + " is promised on it");
            require(
                    store.charged(HostTable.pool(host.meta().id())).equals(decided),
                    "what is charged to " + host.meta().name() + " is not what was decided for it");
        }
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
