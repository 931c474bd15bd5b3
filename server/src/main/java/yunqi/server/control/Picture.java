package yunqi.server.control;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
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
import yunqi.server.instance.OrphanTable;
import yunqi.server.store.Amounts;
import yunqi.server.store.Counts;

/**
 * What is decided, in memory: what is promised on each host, which address is whose, which ports each network has; and what is just being proposed, so that
 * several proposals at once don't all choose the same. Filled by one scan when the lease is won and kept up by every look. It only proposes: the store's claims and
 * charges are the truth, and a proposal that they refuse is made again on a fresher picture. Never goes back to an older state of an instance: a network's
 * ports are gathered here, and one that was missing for a moment would be cut off.
 */
final class Picture {
    /** What one instance takes up, in which version of its row, and when we learnt it, in our own count. */
    private record Share(
            long version,
            Counts counts,
            long stamp,
            Name instance,
            Optional<UUID> host,
            Capacity needs,
            List<NicPlan> nics) {}

    /** An address of a network. */
    private record Spot(UUID network, IpAddress address) {}

    /** What an instance is about to be given. */
    private static final class Proposal {
        private final List<Spot> spots = new ArrayList<>();
        private Optional<UUID> host = Optional.empty();
        private Capacity needs = Capacity.NONE;
    }

    private static final long FIRST = 2; // after the network's own and the gateway's

    /** How long what a host says of itself is taken as it was looked at: it falls silent after twenty times as long. */
    private static final Duration FRESH = Duration.ofSeconds(1);

    private final SortedMap<UUID, Host> hosts = new TreeMap<>();
    private final SortedMap<UUID, HostView> views = new TreeMap<>(); // of all hosts, once they were asked for
    private final Set<UUID> changed = new HashSet<>(); // hosts whose views are not right any more
    private Instant viewed = Instant.EPOCH; // since when the views are kept, and for which architecture
    private String viewedFor = "";
    private final Map<UUID, Amounts> pools = new HashMap<>(); // what each host's pool was found to hold in the store
    private final Map<UUID, Long> lowest = new HashMap<>(); // of a network: below this number no address is free
    private final Map<UUID, Share> shares = new HashMap<>();
    private final Map<UUID, Proposal> proposals = new HashMap<>();
    private final Map<UUID, Capacity> promised = new HashMap<>();
    private final Map<UUID, SortedMap<IpAddress, UUID>> addresses = new HashMap<>();
    private final Orphaned orphans = new Orphaned();
    private long stamp;
    private long listedAt;

    synchronized void clear() {
        hosts.clear();
        views.clear();
        pools.clear();
        lowest.clear();
        shares.clear();
        proposals.clear();
        promised.clear();
        addresses.clear();
        orphans.clear();
    }

    /** What a host holds and nobody assigned to it, by its row; nothing if it is no more. Gives back what was known of it before. */
    synchronized Optional<OrphanTable.Orphan> orphan(UUID row, Optional<OrphanTable.Orphan> now) {
        views.clear();
        return orphans.become(row, now);
    }

    /** True if some instance has no place yet. */
    synchronized boolean unplaced() {
        return shares.values().stream().anyMatch(share -> share.host.isEmpty());
    }

    /** All others are no more. */
    synchronized void onlyOrphans(Set<UUID> rows) {
        orphans.only(rows);
    }

    /** Where the instance is held, the latest run of it, if that is not what is decided. */
    synchronized Optional<OrphanTable.Orphan> held(UUID instance) {
        return orphans.held(instance);
    }

    /** Whether somebody else holds this address without having it. */
    synchronized boolean heldByAnother(NetworkId network, IpAddress address, UUID owner) {
        return orphans.heldByAnother(network, address, owner);
    }

    synchronized List<Host> hosts() {
        return List.copyOf(hosts.values());
    }

    synchronized boolean orphaned(NetworkId network) {
        return orphans.in(network);
    }

    /** All hosts and instances are about to be read from the store. */
    synchronized void listing() {
        listedAt = ++stamp;
    }

    /** These are all hosts and instances that were there after {@link #listing}: others are gone, but for those that came since. */
    synchronized void listed(Set<UUID> allHosts, Set<UUID> allInstances) {
        hosts.keySet().retainAll(allHosts);
        changed.addAll(views.keySet());
        List<UUID> gone = shares.entrySet().stream()
                .filter(entry -> entry.getValue().stamp < listedAt && !allInstances.contains(entry.getKey()))
                .map(Map.Entry::getKey)
                .toList();
        gone.forEach(this::forget);
    }

    /** Those of these hosts that are not known as far as that. */
    synchronized List<UUID> unknownHosts(Map<UUID, Counts> there) {
        return there.entrySet().stream()
                .filter(entry -> {
                    Host host = hosts.get(entry.getKey());
                    return host == null || !Counts.of(host.meta()).equals(entry.getValue());
                })
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Those of these instances that are not known as far as that. */
    synchronized List<UUID> unknown(Map<UUID, Counts> there) {
        return there.entrySet().stream()
                .filter(entry -> {
                    Share share = shares.get(entry.getKey());
                    return share == null || !share.counts.equals(entry.getValue());
                })
                .map(Map.Entry::getKey)
                .toList();
    }

    synchronized void host(Host host) {
        Host before = hosts.get(host.meta().id());
        if (before == null || before.meta().version() <= host.meta().version()) {
            hosts.put(host.meta().id(), host);
            changed.add(host.meta().id());
        }
    }

    synchronized void forgetHost(UUID id) {
        hosts.remove(id);
        changed.add(id);
    }

    synchronized Optional<Host> host(UUID id) {
        return Optional.ofNullable(hosts.get(id));
    }

    /** True if the host's pool was found to hold this since the last {@link #doubtPool}. */
    synchronized boolean poolHolds(UUID host, Amounts amounts) {
        return amounts.equals(pools.get(host));
    }

    /** True if it was found what the host's pool holds, since the last {@link #doubtPool}. */
    synchronized boolean poolKnown(UUID host) {
        return pools.containsKey(host);
    }

    synchronized void poolFound(UUID host, Amounts amounts) {
        pools.put(host, amounts);
    }

    /** Its pool may not be what it can hold: it is looked at in the store again. */
    synchronized void doubtPool(UUID host) {
        pools.remove(host);
    }

    /** Takes over what is decided for an instance, in place of what was, unless something newer is known. */
    synchronized void instance(Instance instance) {
        UUID id = instance.meta().id();
        Share before = shares.get(id);
        if (before != null && before.version > instance.meta().version()) {
            return;
        }
        Capacity needs = instance.decided().shape().map(shape -> shape.needs()).orElse(Capacity.NONE);
        Share share = new Share(
                instance.meta().version(),
                Counts.of(instance.meta()),
                ++stamp,
                instance.meta().name(),
                instance.decided().host().map(host -> host.value()),
                needs,
                instance.decided().nics());
        giveUp(before, share.nics, id);
        shares.put(id, share);
        share.host.ifPresent(host -> promise(host, needs));
        share.nics.forEach(nic -> taken(nic.network().value()).put(nic.ip(), id));
    }

    /** An instance is no more, with all it took up. */
    synchronized void forget(UUID id) {
        giveUp(shares.remove(id), List.of(), id);
        withdraw(id);
    }

    /** Takes back what a share took up, but for the addresses of these ports. */
    private void giveUp(@Nullable Share share, List<NicPlan> kept, UUID id) {
        if (share == null) {
            return;
        }
        share.host.ifPresent(host -> takeBack(host, share.needs));
        share.nics.stream()
                .filter(nic -> !has(kept, nic.network().value(), nic.ip()))
                .forEach(nic -> free(nic.network().value(), nic.ip(), id));
    }

    /** What the instance was about to be given is free again, as far as it was not decided meanwhile. */
    synchronized void withdraw(UUID owner) {
        Proposal proposal = proposals.remove(owner);
        if (proposal == null) {
            return;
        }
        proposal.host.ifPresent(host -> takeBack(host, proposal.needs));
        Share share = shares.get(owner);
        List<NicPlan> own = share == null ? List.of() : share.nics;
        proposal.spots.stream()
                .filter(spot -> !has(own, spot.network, spot.address))
                .forEach(spot -> free(spot.network, spot.address, owner));
    }

    /**
     * Chooses a host and keeps room on it for the owner until the proposal is {@link #withdraw withdrawn}. Hosts in {@code full} were found to be fuller than they look here.
     */
    synchronized Placement propose(Demand demand, String architecture, UUID owner, Set<UUID> full, Instant now) {
        if (!architecture.equals(viewedFor) || now.isBefore(viewed) || !now.isBefore(viewed.plus(FRESH))) {
            views.clear();
            viewed = now;
            viewedFor = architecture;
        }
        for (UUID id : views.isEmpty() ? hosts.keySet() : changed) {
            Host host = hosts.get(id);
            if (host == null) {
                views.remove(id);
            } else {
                views.put(id, view(host, architecture, "", now));
            }
        }
        changed.clear();
        List<HostView> able = new ArrayList<>(views.values());
        if (!full.isEmpty()) {
            able.replaceAll(view -> full.contains(view.id().value())
                    ? view(there(hosts.get(view.id().value())), architecture, "is full", now)
                    : view);
        }
        Placement placement = Scheduler.place(demand, able);
        if (placement instanceof Placement.Placed placed) {
            Proposal proposal = proposals.computeIfAbsent(owner, _ -> new Proposal());
            proposal.host = Optional.of(placed.host().value());
            proposal.needs = demand.needs();
            promise(placed.host().value(), demand.needs());
        }
        return placement;
    }

    private static Host there(@Nullable Host host) {
        if (host == null) {
            throw new IllegalStateException("a view of a host that is not there");
        }
        return host;
    }

    private HostView view(Host host, String architecture, String otherwise, Instant now) {
        Capacity already =
                promised.getOrDefault(host.meta().id(), Capacity.NONE).plus(orphaned(host.id()));
        return Candidates.view(host, already, architecture, otherwise, now);
    }

    private void promise(UUID host, Capacity needs) {
        promised.merge(host, needs, Capacity::plus);
        changed.add(host);
    }

    private void takeBack(UUID host, Capacity needs) {
        promised.computeIfPresent(host, (_, before) -> before.minus(needs));
        changed.add(host);
    }

    /** What those take up that are on the host without being promised to it. */
    private Capacity orphaned(HostId host) {
        Capacity all = Capacity.NONE;
        for (OrphanTable.Orphan orphan : orphans.on(host)) {
            Share share = shares.get(orphan.id());
            if (share == null || !share.host.equals(Optional.of(host.value()))) {
                all = all.plus(orphan.held().plan().shape().needs());
            }
        }
        return all;
    }

    /**
     * The lowest address of the network that is free, or the wished one, kept for the owner until the proposal is {@link #withdraw withdrawn}. Empty if there is
     * none, or if the wished one is another's. The first address is the gateway's, the last the broadcast's.
     */
    synchronized Optional<IpAddress> pick(UUID network, Cidr cidr, Optional<IpAddress> wished, UUID owner) {
        SortedMap<IpAddress, UUID> taken = taken(network);
        if (wished.isPresent()) {
            UUID other = taken.get(wished.get());
            boolean held = heldByAnother(new NetworkId(network), wished.get(), owner);
            return held || (other != null && !other.equals(owner))
                    ? Optional.empty()
                    : Optional.of(keep(network, wished.get(), owner));
        }
        long base = cidr.base().number();
        long i = Math.max(FIRST, lowest.getOrDefault(network, base) - base);
        Set<IpAddress> held = orphans.heldByOthers(new NetworkId(network), owner);
        while (i < cidr.size() - 1 && (taken.containsKey(cidr.at(i)) || held.contains(cidr.at(i)))) {
            i++;
        }
        if (held.isEmpty()) { // what orphans hold comes free without being given back here
            lowest.put(network, base + i);
        }
        return i < cidr.size() - 1 ? Optional.of(keep(network, cidr.at(i), owner)) : Optional.empty();
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
        lowest.remove(network);
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
        orphans.keepPorts(network, ports);
        return Collections.unmodifiableList(new ArrayList<>(ports.values()));
    }

    private static boolean has(List<NicPlan> nics, UUID network, IpAddress address) {
        return nics.stream()
                .anyMatch(
                        nic -> nic.network().value().equals(network) && nic.ip().equals(address));
    }

    private void free(UUID network, IpAddress address, UUID owner) {
        if (taken(network).remove(address, owner)) {
            lowest.computeIfPresent(network, (_, known) -> Math.min(known, address.number()));
        }
    }

    private SortedMap<IpAddress, UUID> taken(UUID network) {
        return addresses.computeIfAbsent(network, _ -> new TreeMap<>());
    }
}
