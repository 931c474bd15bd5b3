package yunqi.server.control;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.Event;
import yunqi.core.host.HostId;
import yunqi.core.image.FlavorSpec;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.Instances;
import yunqi.core.instance.Step;
import yunqi.core.network.NicPlan;
import yunqi.core.reconcile.Again;
import yunqi.core.schedule.Demand;
import yunqi.core.schedule.Placement;
import yunqi.core.wire.Wire;
import yunqi.server.host.HostTable;
import yunqi.server.image.FlavorTable;
import yunqi.server.instance.AssignmentOf;
import yunqi.server.instance.InstanceTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.project.Quotas;
import yunqi.server.store.Amounts;
import yunqi.server.store.Counts;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/**
 * Decides about instances: where they run, with which size, image and addresses, and when they are forgotten. One decision is one transaction: what is decided, the
 * addresses claimed and the host's pool charged, or nothing. The picture proposes; what the store refuses is proposed anew.
 */
public final class InstanceWork implements Work {
    /** A waiting instance is tried again after this, should no wake-up come before. */
    static final Duration RETRY = Duration.ofSeconds(10);

    private static final int PARTS =
            20; // that all instances are looked at in, one with each sweep: ten minutes for all
    private static final int PROPOSALS = 8; // in one look; several servers' worth of races, then the queue's pauses
    private static final Logger LOG = LoggerFactory.getLogger(InstanceWork.class);

    private final Store store;
    private final Decided decided;
    private final Names names;
    private final Set<UUID> waiting = new ConcurrentSkipListSet<>();
    private final Map<UUID, Counts> looked = new ConcurrentHashMap<>(); // how far each was when it was last looked at
    private Map<UUID, Counts> flavors = Map.of(); // as they were at the last sweep
    private long epoch = -1;
    private int sweeps;

    public InstanceWork(Store store, Decided decided) {
        this.store = store;
        this.decided = decided;
        this.names = new Names(store, decided.picture());
    }

    @Override
    public String kind() {
        return InstanceTable.KIND;
    }

    /**
     * Has those looked at that have come further than when they were last looked at, and a part of the others: all of them in turn, and at once when the lease was just won or
     * a flavor is another.
     */
    @Override
    public synchronized void sweep(Turn turn) {
        Map<UUID, Counts> all = decided.reload(store, turn);
        Map<UUID, Counts> now = Rows.revisions(store, FlavorTable.KIND);
        if (epoch != turn.lease().epoch() || !flavors.equals(now)) {
            looked.clear();
            epoch = turn.lease().epoch();
            flavors = now;
        }
        looked.keySet().retainAll(all.keySet());
        sweeps++;
        all.forEach((id, counts) -> {
            if (!knows(id, counts) || Math.floorMod(id.hashCode() + sweeps, PARTS) == 0) {
                turn.wake().accept(new Key(InstanceTable.KIND, id));
            }
        });
    }

    @Override
    public boolean knows(UUID id, Counts counts) {
        return counts.equals(looked.get(id));
    }

    /** Has everything that waits for room looked at again: room may have come. */
    void wakeWaiting(Turn turn) {
        waiting.forEach(id -> turn.wake().accept(new Key(InstanceTable.KIND, id)));
    }

    @Override
    public Again perform(UUID id, Turn turn) {
        try {
            return look(id, turn);
        } finally {
            decided.picture().withdraw(id);
        }
    }

    private Again look(UUID id, Turn turn) {
        Set<UUID> full = new TreeSet<>();
        looked.remove(id);
        for (int i = 0; i < PROPOSALS; i++) {
            Optional<Row> row = store.get(id);
            if (row.isEmpty()) {
                forgotten(id, turn, List.of());
                return new Again.Done();
            }
            Instance instance = InstanceTable.read(row.get());
            decided.picture().withdraw(id);
            decided.picture().instance(instance);
            Optional<Again> again = step(instance, turn, full);
            if (again.isPresent()) {
                return again.get();
            }
        }
        return new Again.Failed("others decided at the same time, " + PROPOSALS + " times in a row");
    }

    /** Empty if the store refused because the world had moved on: look again at once. */
    private Optional<Again> step(Instance instance, Turn turn, Set<UUID> full) {
        Optional<FlavorSpec> shape = names.shape(instance);
        return switch (Instances.next(instance, resolved(instance, shape))) {
            case Step.Place() -> place(instance, turn, full);
            case Step.Refit() -> refit(instance, turn);
            case Step.Forget() -> forget(instance, turn);
            case Step.Wait(var longest) -> looked(instance, new Again.After(longest));
            case Step.Done() -> looked(instance, new Again.Done());
        };
    }

    private Optional<Again> looked(Instance instance, Again again) {
        looked.put(instance.meta().id(), Counts.of(instance.meta()));
        return Optional.of(again);
    }

    private static Instances.Resolved resolved(Instance instance, Optional<FlavorSpec> shape) {
        return new Instances.Resolved(shape, AssignmentOf.instance(instance).map(Assignment::applied));
    }

    private Optional<Again> place(Instance instance, Turn turn, Set<UUID> full) {
        try (var _ = decided.networksStay()) {
            return switch (names.resolve(instance)) {
                case Names.Missing(var code, var message) -> hold(instance, turn, code, message);
                case Names.Known known -> {
                    Demand demand = new Demand(
                            known.shape().needs(),
                            Instances.engine(instance.spec().type()),
                            instance.spec().hostLabels(),
                            instance.spec().host());
                    UUID id = instance.meta().id();
                    yield switch (decided.picture().propose(demand, known.architecture(), id, full, turn.now())) {
                        case Placement.NoRoom none -> hold(instance, turn, "no-room", none.words());
                        case Placement.Placed placed ->
                            commit(instance, turn, placed(instance, turn, known, placed), full);
                    };
                }
            };
        }
    }

    private static InstanceDecided placed(Instance instance, Turn turn, Names.Known known, Placement.Placed placed) {
        return new InstanceDecided(
                Optional.of(placed.host()),
                instance.decided().runEpoch() + 1,
                Optional.of(known.shape()),
                Optional.of(known.image()),
                known.nics(),
                Optional.of(turn.now()),
                words(placed),
                Optional.empty());
    }

    private Optional<Again> refit(Instance instance, Turn turn) {
        try (var _ = decided.networksStay()) {
            return switch (names.resolve(instance)) {
                case Names.Missing(var code, var message) -> hold(instance, turn, code, message);
                case Names.Known known -> {
                    InstanceDecided before = instance.decided();
                    InstanceDecided choice = new InstanceDecided(
                            before.host(),
                            before.runEpoch(),
                            Optional.of(known.shape()),
                            Optional.of(known.image()),
                            known.nics(),
                            before.placed(),
                            before.why(),
                            Optional.empty());
                    yield commit(instance, turn, choice, new TreeSet<>());
                }
            };
        }
    }

    private static String words(Placement.Placed placed) {
        String others = Placement.words(placed.others(), placed.more(), "not ");
        return placed.name() + ": " + placed.reason() + (others.isEmpty() ? "" : "; " + others);
    }

    /** Of why a host was chosen, what is said of that host. */
    private static String shortly(String why) {
        int others = why.indexOf("; not ");
        return others < 0 ? why : why.substring(0, others);
    }

    /** What was decided, its addresses and its charge, in one transaction. */
    private Optional<Again> commit(Instance instance, Turn turn, InstanceDecided choice, Set<UUID> full) {
        UUID id = instance.meta().id();
        HostId host = choice.host().orElseThrow();
        List<Write> writes = new ArrayList<>();
        writes.add(turn.guard());
        writes.add(new Write.Decide(
                id,
                instance.meta().generation(),
                instance.meta().decision(),
                Wire.write(choice),
                Optional.of(host.value())));
        boolean same = choice.host().equals(instance.decided().host());
        writes.add(new Write.Tell(
                id,
                same
                        ? Event.of(turn.now(), "decided", "its size, image or networks anew, on the same host")
                        : Event.of(turn.now(), "placed", "on " + shortly(choice.why()))));
        for (NicPlan nic : instance.decided().nics()) {
            if (choice.nics().stream()
                    .noneMatch(other ->
                            other.network().equals(nic.network()) && other.ip().equals(nic.ip()))) {
                writes.add(new Write.Unclaim(
                        NetworkTable.addresses(nic.network().value()), nic.ip().toString(), id));
            }
        }
        choice.nics()
                .forEach(nic -> writes.add(new Write.Claim(
                        NetworkTable.addresses(nic.network().value()), nic.ip().toString(), id)));
        writes.add(new Write.Charge(
                HostTable.pool(host.value()),
                id,
                Amounts.of(
                        choice.shape().orElseThrow().needs(), 1, choice.nics().size())));
        if (instance.decided().shape().isPresent()
                && !instance.decided().shape().equals(choice.shape())) {
            // The operator changed its flavor: it takes from its project's quota what it is now, whether that has room
            // or not.
            writes.add(new Write.Recharge(
                    Quotas.pool(instance.project()),
                    id,
                    Amounts.of(
                            choice.shape().orElseThrow().needs(),
                            1,
                            instance.spec().networks().size())));
        }
        return switch (store.write(writes)) {
            case Written.Done done -> {
                waiting.remove(id);
                Instance now = new Instance(done.rows().getFirst().meta(), instance.spec(), choice, instance.seen());
                decided.picture().instance(now);
                wakeNetworks(turn, instance.decided().nics());
                wakeNetworks(turn, choice.nics());
                // The change itself needs no look: what comes next is a report of the host.
                yield looked(now, new Again.After(RETRY));
            }
            case Written.Refused refused -> refused(instance, turn, choice, refused, full);
        };
    }

    private Optional<Again> refused(
            Instance instance, Turn turn, InstanceDecided choice, Written.Refused refused, Set<UUID> full) {
        return switch (refused.reason()) {
            case STALE -> Optional.empty();
            case GONE, NAME_TAKEN, REFUSED -> Optional.of(new Again.Failed(refused.detail()));
            case LEASE_LOST -> Optional.of(new Again.Done());
            case TAKEN -> {
                // Somebody has an address that the picture thought free: the store's claims say who has what.
                choice.nics()
                        .forEach(nic -> decided.picture()
                                .claimed(
                                        nic.network().value(),
                                        store.claims(NetworkTable.addresses(
                                                nic.network().value())),
                                        Names.STRANGER));
                yield Optional.empty();
            }
            case FULL -> {
                UUID host = choice.host().orElseThrow().value();
                decided.picture().doubtPool(host);
                turn.wake().accept(new Key(HostTable.KIND, host)); // its pool may not be what it can hold
                if (instance.decided().host().isPresent() || !full.add(host)) {
                    yield hold(instance, turn, "no-room", refused.detail());
                }
                LOG.info("{} is fuller than it looked: {}", host, refused.detail());
                yield Optional.empty();
            }
        };
    }

    /** Nothing can be decided now: says so, and tries again later. */
    private Optional<Again> hold(Instance instance, Turn turn, String code, String message) {
        UUID id = instance.meta().id();
        waiting.add(id);
        Optional<InstanceDecided.Waiting> before = instance.decided().waiting();
        boolean same = before.filter(wait -> wait.code().equals(code)).isPresent();
        Instant since = same ? before.orElseThrow().since() : turn.now();
        InstanceDecided.Waiting wait =
                new InstanceDecided.Waiting(code, message, since, turn.now().plus(RETRY));
        if (same
                && before.orElseThrow().message().equals(message)
                && before.orElseThrow().next().isAfter(turn.now())) {
            return Optional.of(new Again.After(RETRY));
        }
        Written written = store.write(List.of(
                turn.guard(),
                new Write.Decide(
                        id,
                        instance.meta().generation(),
                        instance.meta().decision(),
                        Wire.write(instance.decided().waitingFor(Optional.of(wait))),
                        instance.decided().host().map(HostId::value)),
                new Write.Tell(id, Event.of(turn.now(), "waiting", code + ": " + message))));
        boolean stale = written instanceof Written.Refused refused && refused.reason() == Written.Reason.STALE;
        return stale ? Optional.empty() : Optional.of(new Again.After(RETRY));
    }

    private Optional<Again> forget(Instance instance, Turn turn) {
        UUID id = instance.meta().id();
        return switch (store.write(
                List.of(turn.guard(), new Write.Remove(id, instance.meta().decision())))) {
            case Written.Done _ -> {
                forgotten(id, turn, instance.decided().nics());
                yield Optional.of(new Again.Done());
            }
            case Written.Refused refused ->
                refused.reason() == Written.Reason.STALE
                        ? Optional.empty()
                        : Optional.of(new Again.Failed(refused.reason() + ": " + refused.detail()));
        };
    }

    private void forgotten(UUID id, Turn turn, List<NicPlan> nics) {
        waiting.remove(id);
        decided.picture().forget(id);
        wakeNetworks(turn, nics);
        wakeWaiting(turn);
    }

    private static void wakeNetworks(Turn turn, List<NicPlan> nics) {
        nics.forEach(nic ->
                turn.wake().accept(new Key(NetworkTable.KIND, nic.network().value())));
    }
}
