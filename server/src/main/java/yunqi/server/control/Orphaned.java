package yunqi.server.control;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import yunqi.core.base.IpAddress;
import yunqi.core.host.HostId;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.NicPlan;
import yunqi.server.instance.OrphanTable;

/** What hosts hold and nobody assigned to them, and what that takes up. Not safe for use by several threads. */
final class Orphaned {
    private final Map<UUID, OrphanTable.Orphan> all = new TreeMap<>(); // by row

    void clear() {
        all.clear();
    }

    /** One of them, or nothing if it is no more. Gives back what was known of it before. */
    Optional<OrphanTable.Orphan> become(UUID row, Optional<OrphanTable.Orphan> now) {
        return Optional.ofNullable(now.isPresent() ? all.put(row, now.get()) : all.remove(row));
    }

    /** All others are no more. */
    void only(Set<UUID> rows) {
        all.keySet().retainAll(rows);
    }

    /** Where the instance is held, the latest run of it. */
    Optional<OrphanTable.Orphan> held(UUID instance) {
        return all.values().stream()
                .filter(orphan -> orphan.id().equals(instance))
                .max(Comparator.comparingLong(orphan -> orphan.held().epoch()));
    }

    List<OrphanTable.Orphan> on(HostId host) {
        return all.values().stream()
                .filter(orphan -> orphan.host().equals(host))
                .toList();
    }

    private Stream<NicPlan> nics(NetworkId network, Optional<UUID> but) {
        return all.values().stream()
                .filter(orphan -> !Optional.of(orphan.id()).equals(but))
                .flatMap(orphan -> orphan.held().plan().nics().stream())
                .filter(nic -> nic.network().equals(network));
    }

    /** Whether somebody else holds this address without having it. */
    boolean heldByAnother(NetworkId network, IpAddress address, UUID owner) {
        return nics(network, Optional.of(owner)).anyMatch(nic -> nic.ip().equals(address));
    }

    Set<IpAddress> heldByOthers(NetworkId network, UUID owner) {
        Set<IpAddress> held = new HashSet<>();
        nics(network, Optional.of(owner)).forEach(nic -> held.add(nic.ip()));
        return held;
    }

    /** True if one is in the network. */
    boolean in(NetworkId network) {
        return nics(network, Optional.empty()).findAny().isPresent();
    }

    /** What a host holds keeps its port: nobody has decided that it should be cut off. */
    void keepPorts(NetworkId network, SortedMap<IpAddress, NetworkPlan.Port> ports) {
        for (OrphanTable.Orphan orphan : all.values()) {
            for (NicPlan nic : orphan.held().plan().nics()) {
                if (nic.network().equals(network) && !Recovery.ending(orphan)) {
                    ports.values().removeIf(port -> port.id().equals(nic.port()));
                    ports.putIfAbsent(
                            nic.ip(),
                            new NetworkPlan.Port(
                                    nic.port(),
                                    orphan.held().plan().name(),
                                    nic.mac(),
                                    nic.ip(),
                                    Optional.of(orphan.host())));
                }
            }
        }
    }
}
