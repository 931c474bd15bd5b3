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
import org.jspecify.annotations.Nullable;
import yunqi.core.base.Cidr;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Name;
import yunqi.core.host.Capacity;
import yunqi.core.host.Host;
import yunqi.core.host.HostId;
import yunqi.core.instance.Instance;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.NicPlan;
import yunqi.core.schedule.Demand;
import yunqi.core.schedule.HostView;
import yunqi.core.schedule.Placement;
import yunqi.core.schedule.Scheduler;
import yunqi.server.instance.Candidates;

/**
 * What is decided, in memory: what is promised on each host, which address is whose, which ports each network has; and what is just being proposed, so that
 * several proposals at once don't all choose the same. Filled by one scan when the lease is won and kept up by every look. It only proposes: the store's claims and
 * charges are the truth, and a proposal that they refuse is made again on a fresher picture. Never goes back to an older state of an instance: a network's
 * ports are gathered here, and one that was missing for a moment would be cut off.
 */
final class Picture {
    /** What one instance takes up, in which version of its row, and when we learnt it, in our own count. */
    private record Share(
            long version, long stamp, Name instance, Optional<UUID> host, Capacity needs, List<NicPlan> nics) {}

    /** An address of a network. */
    private record Spot(UUID network, IpAddress address) {}

    /** What an instance is about to be given. */
    private static final class Proposal {
        private final List<Spot> spots = new ArrayList<>();
        private Optional<UUID> host = Optional.empty();
        private Capacity needs = Capacity.NONE;
    }

    private final SortedMap<UUID, Host> hosts = new TreeMap<>();
    private final Map<UUID, Share> shares = new HashMap<>();
    private final Map<UUID, Proposal> proposals = new HashMap<>();
    private final Map<UUID, Capacity> promised = new HashMap<>();
    private final Map<UUID, SortedMap<IpAddress, UUID>> addresses = new HashMap<>();
    private long stamp;
    private long listedAt;

    synchronized void clear() {
        hosts.clear();
        shares.clear();
        proposals.clear();
        promised.clear();
        addresses.clear();
    }

    /** All hosts and instances are about to be read from the store. */
    synchronized void listing() {
        listedAt = ++stamp;
    }

    /** These are all hosts and instances that were there after {@link #listing}: others are gone, but for those that came since. */
    synchronized void listed(Set<UUID> allHosts, Set<UUID> allInstances) {
        hosts.keySet().retainAll(allHosts);
        List<UUID> gone = shares.entrySet().stream()
                .filter(entry -> entry.getValue().stamp < listedAt && !allInstances.contains(entry.getKey()))
                .map(Map.Entry::getKey)
                .toList();
        gone.forEach(this::forget);
    }

    synchronized void host(Host host) {
        Host before = hosts.get(host.meta().id());
        if (before == null || before.meta().version() <= host.meta().version()) {
            hosts.put(host.meta().id(), host);
        }
    }

    synchronized void forgetHost(UUID id) {
        hosts.remove(id);
    }

    synchronized Optional<Host> host(UUID id) {
        return Optional.ofNullable(hosts.get(id));
    }

    /** Takes over what is decided for an instance, in place of what was, unless something newer is known. */
    synchronized void instance(Instance instance) {
        UUID id = instance.meta().id();
        Share before = shares.get(id);
        if (before != null && before.version > instance.meta().version()) {
            return;
        }
        giveUp(before, id);
        Capacity needs = instance.decided().shape().map(shape -> shape.needs()).orElse(Capacity.NONE);
        Share share = new Share(
                instance.meta().version(),
                ++stamp,
                instance.meta().name(),
                instance.decided().host().map(host -> host.value()),
                needs,
                instance.decided().nics());
        shares.put(id, share);
        share.host.ifPresent(host -> promised.merge(host, needs, Capacity::plus));
        share.nics.forEach(nic -> taken(nic.network().value()).put(nic.ip(), id));
    }

    /** An instance is no more, with all it took up. */
    synchronized void forget(UUID id) {
        giveUp(shares.remove(id), id);
        withdraw(id);
    }

    private void giveUp(@Nullable Share share, UUID id) {
        if (share == null) {
            return;
        }
        share.host.ifPresent(host -> promised.computeIfPresent(host, (_, before) -> before.minus(share.needs)));
        share.nics.forEach(nic -> taken(nic.network().value()).remove(nic.ip(), id));
    }

    /** What the instance was about to be given is free again, as far as it was not decided meanwhile. */
    synchronized void withdraw(UUID owner) {
        Proposal proposal = proposals.remove(owner);
        if (proposal == null) {
            return;
        }
        proposal.host.ifPresent(host -> promised.computeIfPresent(host, (_, before) -> before.minus(proposal.needs)));
        proposal.spots.forEach(spot -> taken(spot.network).remove(spot.address, owner));
        Share share = shares.get(owner);
        if (share != null) {
            share.nics.forEach(nic -> taken(nic.network().value()).put(nic.ip(), owner));
        }
    }

    /**
     * Chooses a host and keeps room on it for the owner until the proposal is {@link #withdraw withdrawn}. Hosts in {@code full} were found to be fuller than they look here.
     */
    synchronized Placement propose(Demand demand, String architecture, UUID owner, Set<UUID> full, Instant now) {
        List<HostView> views = new ArrayList<>();
        for (Host host : hosts.values()) {
            Capacity already = promised.getOrDefault(host.meta().id(), Capacity.NONE);
            boolean found = full.contains(host.meta().id());
            views.add(Candidates.view(host, already, architecture, found ? "is full" : "", now));
        }
        Placement placement = Scheduler.place(demand, views);
        if (placement instanceof Placement.Placed placed) {
            Proposal proposal = proposals.computeIfAbsent(owner, _ -> new Proposal());
            proposal.host = Optional.of(placed.host().value());
            proposal.needs = demand.needs();
            promised.merge(placed.host().value(), demand.needs(), Capacity::plus);
        }
        return placement;
    }

    /**
     * The lowest address of the network that is free, or the wished one, kept for the owner until the proposal is {@link #withdraw withdrawn}. Empty if there is
     * none, or if the wished one is another's. The first address is the gateway's, the last the broadcast's.
     */
    synchronized Optional<IpAddress> pick(UUID network, Cidr cidr, Optional<IpAddress> wished, UUID owner) {
        SortedMap<IpAddress, UUID> taken = taken(network);
        if (wished.isPresent()) {
            UUID other = taken.get(wished.get());
            return other != null && !other.equals(owner)
                    ? Optional.empty()
                    : Optional.of(keep(network, wished.get(), owner));
        }
        for (long i = 2; i < cidr.size() - 1; i++) {
            IpAddress address = cidr.at(i);
            if (!taken.containsKey(address)) {
                return Optional.of(keep(network, address, owner));
            }
        }
        return Optional.empty();
    }

    private IpAddress keep(UUID network, IpAddress address, UUID owner) {
        proposals.computeIfAbsent(owner, _ -> new Proposal()).spots.add(new Spot(network, address));
        taken(network).put(address, owner);
        return address;
    }

    /** Exactly these addresses of the network are claimed in the store, some by {@code unknown} whom the picture doesn't know. */
    synchronized void claimed(UUID network, List<String> claims, UUID unknown) {
        SortedMap<IpAddress, UUID> taken = taken(network);
        taken.values().removeIf(unknown::equals);
        for (String claim : claims) {
            taken.putIfAbsent(IpAddress.parse(claim), unknown);
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
                                        nic.port(), share.instance, nic.mac(), nic.ip(), share.host.map(HostId::new))));
            }
        }
        return Collections.unmodifiableList(new ArrayList<>(ports.values()));
    }

    private SortedMap<IpAddress, UUID> taken(UUID network) {
        return addresses.computeIfAbsent(network, _ -> new TreeMap<>());
    }
}
