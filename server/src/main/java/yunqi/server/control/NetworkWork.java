package yunqi.server.control;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.base.Event;
import yunqi.core.network.Network;
import yunqi.core.network.NetworkDriver;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.NetworkSeen;
import yunqi.core.reconcile.Again;
import yunqi.core.wire.Wire;
import yunqi.server.network.NetworkRemains;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** Makes each network in the engine as it is decided: its block, its gateway, and a port for every instance that has an address in it. */
public final class NetworkWork implements Work {
    private static final Duration IN_USE =
            Duration.ofSeconds(5); // instances that are being deleted still hold addresses

    /**
     * A network is set up as a whole, which takes the longer the more ports it has: while many are made, it is done for several at once, so that it never takes more than a part of
     * the time. With 100 ports that is 5 ms.
     */
    private static final Duration PORT = Duration.ofNanos(50_000);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** How long a deletion stays on record: what an engine began before it is done, or undone, within this. */
    static final Duration ON_RECORD = Duration.ofHours(24);

    private static final Logger LOG = LoggerFactory.getLogger(NetworkWork.class);

    private final Store store;
    private final Decided decided;
    private final NetworkDriver driver;
    private final Map<UUID, Instant> next = new ConcurrentHashMap<>(); // when each may be set up again
    private final Recovery recovery;

    public NetworkWork(Store store, Decided decided, NetworkDriver driver) {
        this.store = store;
        this.decided = decided;
        this.driver = driver;
        this.recovery = new Recovery(store, decided.picture());
    }

    @Override
    public String kind() {
        return NetworkTable.KIND;
    }

    /**
     * Every network that has a row, and every one in the engine whose deletion is on record. One in the engine of which neither is known is not removed on a guess: it is
     * noted as an orphan.
     */
    @Override
    public void sweep(Turn turn) throws EngineException {
        TreeSet<UUID> present = new TreeSet<>();
        driver.list().forEach(id -> present.add(id.value()));
        TreeSet<UUID> all = new TreeSet<>();
        Rows.each(store, NetworkTable.KIND, row -> all.add(row.id()));
        List<UUID> unknown = new ArrayList<>();
        for (UUID id : present) {
            if (NetworkRemains.deleted(store, id)) {
                all.add(id);
            } else if (!all.contains(id)) {
                unknown.add(id);
            }
        }
        note(unknown, turn);
        all.forEach(id -> turn.wake().accept(new Key(NetworkTable.KIND, id)));
        Rows.each(store, NetworkRemains.GRAVE, grave -> {
            if (grave.meta().created().plus(ON_RECORD).isBefore(turn.now())) {
                List<Write> writes = new ArrayList<>(List.of(turn.guard()));
                writes.addAll(NetworkRemains.forget(grave, turn.now()));
                store.write(writes); // refused only if another server did it
            }
        });
    }

    private void note(List<UUID> unknown, Turn turn) {
        List<NetworkRemains.Orphan> before = NetworkRemains.orphans(store);
        List<NetworkRemains.Orphan> now = unknown.stream()
                .map(id -> before.stream()
                        .filter(known -> known.id().equals(id))
                        .findFirst()
                        .orElse(new NetworkRemains.Orphan(id, turn.now())))
                .toList();
        List<Write> writes = new ArrayList<>(List.of(turn.guard()));
        writes.addAll(NetworkRemains.orphans(store, now, turn.now()));
        if (writes.size() > 1 && store.write(writes) instanceof Written.Done && !unknown.isEmpty()) {
            LOG.warn("networks in the engine that the site does not know, left as they are: {}", unknown);
        }
    }

    @Override
    public Again perform(UUID id, Turn turn) throws EngineException {
        Optional<Row> row = store.get(id);
        if (row.isEmpty()) {
            next.remove(id);
            if (NetworkRemains.deleted(store, id)) {
                driver.remove(new NetworkId(id), turn.lease().epoch());
            }
            return new Again.Done();
        }
        Network network = NetworkTable.read(row.get());
        if (recovery.open(turn)) {
            return new Again.After(Recovery.GRACE.dividedBy(30)); // hosts may hold ports of which nobody knows yet
        }
        if (!network.meta().wanted() && unused(id)) {
            return remove(network, turn);
        }
        Instant at = next.getOrDefault(id, Instant.MIN);
        if (turn.now().isBefore(at) && at.isBefore(turn.now().plus(LONGEST_PAUSE))) {
            return new Again.After(Duration.between(turn.now(), at));
        }
        // While instances are in it, also one that is to go is kept as it is decided: those that end must leave it.
        try {
            NetworkPlan plan = plan(network);
            Duration pause = PORT.multipliedBy(plan.ports().size());
            next.put(id, turn.now().plus(pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE));
            driver.apply(plan, turn.lease().epoch());
        } catch (EngineException e) {
            note(
                    network,
                    new NetworkSeen(network.seen().applied(), Optional.of(String.valueOf(e.getMessage()))),
                    turn.now());
            throw e;
        }
        note(
                network,
                new NetworkSeen(network.seen().applied().or(() -> Optional.of(turn.now())), Optional.empty()),
                turn.now());
        return network.meta().wanted() ? new Again.Done() : new Again.After(IN_USE);
    }

    private boolean unused(UUID id) {
        decided.awaitPlacements();
        return store.claims(NetworkTable.addresses(id)).isEmpty()
                && !decided.picture().orphaned(new NetworkId(id));
    }

    private NetworkPlan plan(Network network) {
        return new NetworkPlan(
                network.id(),
                network.meta().project().orElseThrow(),
                network.meta().name(),
                network.spec().cidr(),
                network.gateway(),
                Network.domain(network.meta().project().orElseThrow()),
                Network.MTU,
                decided.picture().ports(network.id()));
    }

    private Again remove(Network network, Turn turn) throws EngineException {
        UUID id = network.meta().id();
        driver.remove(network.id(), turn.lease().epoch());
        List<Write> writes = new ArrayList<>(List.of(turn.guard()));
        writes.addAll(NetworkRemains.bury(store, id, turn.now()));
        writes.add(new Write.Remove(id, network.meta().decision()));
        Written written = store.write(writes);
        return written instanceof Written.Refused refused
                ? new Again.Failed(refused.reason() + ": " + refused.detail())
                : new Again.Done();
    }

    /** Written only when it says something new: each write wakes us again. A refusal means that somebody wrote meanwhile; we are woken by that. */
    private void note(Network network, NetworkSeen seen, Instant now) {
        if (!seen.equals(network.seen())) {
            UUID id = network.meta().id();
            List<Write> writes = new ArrayList<>();
            writes.add(new Write.Observe(id, network.meta().observation(), Wire.write(seen)));
            if (seen.trouble().isPresent()) {
                writes.add(new Write.Tell(
                        id, Event.of(now, "trouble", seen.trouble().get())));
            } else {
                boolean first = network.seen().applied().isEmpty();
                writes.add(new Write.Tell(
                        id,
                        first
                                ? Event.of(now, "ready", "it is set up in the engine")
                                : Event.of(now, "recovered", "what was in the way is over")));
            }
            store.write(writes);
        }
    }
}
