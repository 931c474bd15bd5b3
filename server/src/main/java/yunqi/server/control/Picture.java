package yunqi.server.control;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import yunqi.core.base.Cidr;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Name;
import yunqi.core.host.Capacity;
import yunqi.core.host.Host;
import yunqi.core.host.HostSeen;
import yunqi.core.host.Hosts;
import yunqi.core.image.ImageType;
import yunqi.core.instance.Instance;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.NicPlan;
import yunqi.core.schedule.HostView;

/**
 * What is decided, in memory: what is promised on each host, which address is whose, which ports each network has. Filled by one scan when the lease is won and
 * kept up by every decision. It only proposes: the store's claims and charges are the truth, and a proposal that they refuse is made again on a fresher picture.
 */
final class Picture {
    /** What one instance takes up. */
    private record Share(Name instance, Optional<UUID> host, Capacity needs, List<NicPlan> nics) {}

    private static final Map<ImageType, String> ENGINES =
            Map.of(ImageType.VM, "libvirtd", ImageType.CONTAINER, "dockerd");

    private final SortedMap<UUID, Host> hosts = new TreeMap<>();
    private final Map<UUID, Share> shares = new HashMap<>();
    private final Map<UUID, Capacity> promised = new HashMap<>();
    private final Map<UUID, SortedMap<IpAddress, UUID>> addresses = new HashMap<>();
    private final Map<UUID, List<Spot>> spots = new HashMap<>();

    /** An address of a network that an owner has or is about to have. */
    private record Spot(UUID network, IpAddress address) {}

    static String engine(ImageType type) {
        return ENGINES.getOrDefault(type, "");
    }

    synchronized void clear() {
        hosts.clear();
        shares.clear();
        promised.clear();
        addresses.clear();
        spots.clear();
    }

    synchronized void host(Host host) {
        hosts.put(host.meta().id(), host);
    }

    synchronized void forgetHost(UUID id) {
        hosts.remove(id);
    }

    synchronized Optional<Host> host(UUID id) {
        return Optional.ofNullable(hosts.get(id));
    }

    /** Takes over what is decided for an instance, in place of what was. */
    synchronized void instance(Instance instance) {
        forget(instance.meta().id());
        Capacity needs = instance.decided().shape().map(shape -> shape.needs()).orElse(Capacity.NONE);
        Share share = new Share(
                instance.meta().name(),
                instance.decided().host().map(host -> host.value()),
                needs,
                instance.decided().nics());
        shares.put(instance.meta().id(), share);
        share.host.ifPresent(host -> promised.merge(host, needs, Capacity::plus));
        share.nics.forEach(
                nic -> take(nic.network().value(), nic.ip(), instance.meta().id()));
    }

    /** An instance is no more, with all it took up. */
    synchronized void forget(UUID id) {
        for (Spot spot : Optional.ofNullable(spots.remove(id)).orElse(List.of())) {
            taken(spot.network).remove(spot.address, id);
        }
        Share share = shares.remove(id);
        if (share != null && share.host.isPresent()) {
            promised.computeIfPresent(share.host.get(), (_, before) -> before.minus(share.needs));
        }
    }

    /** Every host as the scheduler sees it now, sorted by id. */
    synchronized List<HostView> views(Instant now) {
        List<HostView> views = new ArrayList<>();
        for (Host host : hosts.values()) {
            Hosts.HostStatus status = Hosts.status(host, now);
            views.add(new HostView(
                    host.id(),
                    host.meta().name(),
                    host.meta().labels(),
                    Hosts.capacity(host),
                    promised.getOrDefault(host.meta().id(), Capacity.NONE),
                    engines(host),
                    status.state().equals("ready") ? "" : status.state() + ": " + status.message()));
        }
        return views;
    }

    private static Set<String> engines(Host host) {
        Set<String> well = new TreeSet<>(ENGINES.values());
        host.seen().engines().stream()
                .filter(engine -> !engine.running())
                .map(HostSeen.EngineSeen::name)
                .forEach(well::remove);
        return well;
    }

    /**
     * The lowest address of the network that is free, or the wished one, kept for the owner until it is decided or {@link #forget forgotten}. Empty if there is none, or if
     * the wished one is another's. The first address is the gateway's, the last the broadcast's.
     */
    synchronized Optional<IpAddress> pick(UUID network, Cidr cidr, Optional<IpAddress> wished, UUID owner) {
        SortedMap<IpAddress, UUID> taken = taken(network);
        if (wished.isPresent()) {
            UUID other = taken.get(wished.get());
            if (other != null && !other.equals(owner)) {
                return Optional.empty();
            }
            take(network, wished.get(), owner);
            return wished;
        }
        for (long i = 2; i < cidr.size() - 1; i++) {
            IpAddress address = cidr.at(i);
            if (!taken.containsKey(address)) {
                take(network, address, owner);
                return Optional.of(address);
            }
        }
        return Optional.empty();
    }

    /** The store says that these addresses are claimed, by somebody that the picture didn't know. */
    synchronized void claimed(UUID network, List<String> claims, UUID unknown) {
        for (String claim : claims) {
            IpAddress address = IpAddress.parse(claim);
            if (!taken(network).containsKey(address)) {
                take(network, address, unknown);
            }
        }
    }

    /** Every port of a network, sorted by address. */
    synchronized List<NetworkPlan.Port> ports(NetworkId network) {
        SortedMap<IpAddress, NetworkPlan.Port> ports = new TreeMap<>();
        for (UUID id : new TreeSet<>(taken(network.value()).values())) {
            Share share = shares.get(id);
            if (share != null) {
                share.nics.stream()
                        .filter(nic -> nic.network().equals(network))
                        .forEach(nic -> ports.put(
                                nic.ip(),
                                new NetworkPlan.Port(
                                        nic.port(),
                                        share.instance,
                                        nic.mac(),
                                        nic.ip(),
                                        share.host.map(yunqi.core.host.HostId::new))));
            }
        }
        return Collections.unmodifiableList(new ArrayList<>(ports.values()));
    }

    private void take(UUID network, IpAddress address, UUID owner) {
        taken(network).put(address, owner);
        spots.computeIfAbsent(owner, _ -> new ArrayList<>()).add(new Spot(network, address));
    }

    private SortedMap<IpAddress, UUID> taken(UUID network) {
        return addresses.computeIfAbsent(network, _ -> new TreeMap<>());
    }
}
