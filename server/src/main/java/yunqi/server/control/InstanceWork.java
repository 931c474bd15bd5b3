package yunqi.server.control;

import java.time.Duration;
import java.time.Instant;
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
import yunqi.server.instance.OrphanTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.Counts;
import yunqi.server.store.Era;
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
    private static final Duration SOON = Duration.ofSeconds(2); // hosts tell what they hold within a few

    private static final int PROPOSALS = 8; // in one look; several servers' worth of races, then the queue's pauses
    private static final Logger LOG = LoggerFactory.getLogger(InstanceWork.class);

    private final Store store;
    private final Decided decided;
    private final Names names;
    private final Recovery recovery;
    private final Set<UUID> waiting = new ConcurrentSkipListSet<>();
    private final Map<UUID, Counts> looked = new ConcurrentHashMap<>(); // how far each was when it was last looked at
    private Optional<Stand> swept = Optional.empty(); // at the last sweep
    private int sweeps;

    /** What was found by looking at instances holds as long as these are the same: who leads, what the database may have forgotten, and flavors. */
    private record Stand(long epoch, Era era, Map<UUID, Counts> flavors) {}

    public InstanceWork(Store store, Decided decided) {
        this.store = store;
        this.decided = decided;
        this.names = new Names(store, decided.picture());
        this.recovery = new Recovery(store, decided.picture());
    }

    @Override
    public String kind() {
        return InstanceTable.KIND;
    }

    /**
     * Has those looked at that have come further than when they were last looked at, and a part of the others: all of them in turn, and at once when the lease was just won,
     * the database went back to an older state, or a flavor is another.
     */
    @Override
    public synchronized void sweep(Turn turn) {
        Map<UUID, Counts> all = decided.reload(store, turn);
        Map<UUID, Counts> now = Rows.revisions(store, FlavorTable.KIND);
        Stand stand = new Stand(turn.lease().epoch(), store.era(), now);
        if (!Optional.of(stand).equals(swept)) {
            looked.clear();
            swept = Optional.of(stand);
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
        if (store.era().forgetful() && instance.meta().wanted()) {
            Optional<Optional<Again>> first = recovered(instance, turn);
            if (first.isPresent()) {
                return first.get();
            }
        }
        Optional<FlavorSpec> shape = names.shape(instance);
        return switch (Instances.next(instance, resolved(instance, shape))) {
            case Step.Place() -> place(instance, turn, full);
            case Step.Refit() -> recovery.open(turn) ? Optional.of(new Again.After(SOON)) : refit(instance, turn);
            case Step.Forget() -> forget(instance, turn);
            case Step.Wait(var longest) -> looked(instance, new Again.After(longest));
            case Step.Done() -> looked(instance, new Again.Done());
        };
    }

    private Optional<Again> looked(Instance instance, Again again) {
        looked.put(instance.meta().id(), Counts.of(instance.meta()));
        return Optional.of(again);
    }

    /** What comes before all else while the database may have forgotten something of it; empty if nothing does. */
    private Optional<Optional<Again>> recovered(Instance instance, Turn turn) {
        if (instance.decided().host().isEmpty()) {
            Optional<OrphanTable.Orphan> orphan = recovery.elsewhere(instance);
            if (orphan.filter(Recovery::ending).isPresent()) {
                return Optional.of(hold(instance, turn, "recovering", "it is still being removed from a host"));
            }
            if (orphan.isPresent()) {
                return Optional.of(takeUp(instance, orphan.get(), turn));
            }
            boolean wait = recovery.old(instance) ? !recovery.silent().isEmpty() : recovery.open(turn);
            return wait
                    ? Optional.of(hold(
                            instance,
                            turn,
                            "recovering",
                            "the database went back to an older state, and it is waited for what these hosts hold: "
                                    + String.join(", ", recovery.silent())))
                    : Optional.empty();
        }
        boolean settled =
                !recovery.old(instance) && instance.decided().untouched().isEmpty();
        if (settled && !recovery.deleted(instance)) {
            return Optional.empty();
        }
        if (!recovery.told(instance.decided().host().get())) {
            return Optional.of(Optional.of(new Again.After(SOON)));
        }
        if (recovery.deleted(instance)) {
            return Optional.of(written(recovery.delete(instance, turn)));
        }
        Optional<InstanceDecided.Untouched> reason = recovery.untouched(instance, turn);
        if (reason.isEmpty() && recovery.displaced(instance)) {
            return Optional.of(recovery.open(turn) ? Optional.of(new Again.After(SOON)) : refit(instance, turn));
        }
        if (recovery.old(instance) || !reason.equals(instance.decided().untouched())) {
            return Optional.of(written(recovery.confirm(instance, reason, turn)));
        }
        return reason.isPresent() ? Optional.of(Optional.of(new Again.Done())) : Optional.empty();
    }

    private Optional<Again> takeUp(Instance instance, OrphanTable.Orphan orphan, Turn turn) {
        InstanceDecided bare = recovery.takenUp(instance, orphan, turn);
        Optional<InstanceDecided.Untouched> reason = Recovery.asHeld(instance, bare, orphan.held())
                ? Optional.empty()
                : Optional.of(Recovery.changed(instance, turn));
        InstanceDecided choice = bare.confirmed(store.era().start(), reason);
        Optional<Again> again = switch (store.write(recovery.takeUp(instance, choice, turn))) {
            case Written.Done done -> {
                waiting.remove(instance.meta().id());
                decided.picture().instance(InstanceTable.read(done.rows().getFirst()));
                wakeNetworks(turn, choice.nics());
                yield Optional.of(new Again.After(RETRY));
            }
            case Written.Refused refused ->
                refused.reason() == Written.Reason.STALE
                        ? Optional.empty()
                        : hold(
                                instance,
                                turn,
                                "recovering",
                                "it runs on a host, and cannot be taken up there: " + refused.detail());
        };
        return again;
    }

    /** Looked at again at once, whether it was accepted or somebody else wrote first. */
    private Optional<Again> written(List<Write> writes) {
        return store.write(writes) instanceof Written.Refused refused && refused.reason() != Written.Reason.STALE
                ? Optional.of(new Again.Failed(refused.reason() + ": " + refused.detail()))
                : Optional.empty();
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
                            commit(instance, turn, Choices.placed(instance, turn, known, placed, store.era()), full);
                    };
                }
            };
        }
    }

    private Optional<Again> refit(Instance instance, Turn turn) {
        try (var _ = decided.networksStay()) {
            return switch (names.resolve(instance)) {
                case Names.Missing(var code, var message) -> hold(instance, turn, code, message);
                case Names.Known known -> commit(instance, turn, Choices.refitted(instance, known), new TreeSet<>());
            };
        }
    }

    /** What was decided, its addresses and its charge, in one transaction. */
    private Optional<Again> commit(Instance instance, Turn turn, InstanceDecided choice, Set<UUID> full) {
        UUID id = instance.meta().id();
        return switch (store.write(Choices.writes(instance, turn, choice, store.era()))) {
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
