package yunqi.agent.control;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.agent.state.Memories;
import yunqi.core.base.Clock;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostId;
import yunqi.core.host.HostSeen;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Assignments;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.LocalMemory;
import yunqi.core.reconcile.Again;
import yunqi.core.reconcile.Backoff;
import yunqi.core.reconcile.WorkQueue;
import yunqi.core.wire.Link;

/**
 * The local loop, without threads or a time of its own: {@link #assign} takes what the server wants, {@link #tick} hands due work to the workers,
 * {@link #report} says what is seen. Every method may be called by any thread; none of them waits for an engine but what the workers run. All that must
 * survive is kept in {@link Memories}: a new loop on the same memories and engines goes on where an old one was killed.
 */
public final class HostLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostLoop.class);

    /** How often everything is looked at, so that a lost wake-up costs no more than this. */
    public static final Duration LIST = Duration.ofSeconds(5);

    /** How long a deletion stays on record after the server forgot it: engines finish what they began within this. */
    static final Duration TOMBSTONE = Duration.ofHours(24);

    private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));

    private final Self self;
    private final Ports ports;
    private final Memories memories;
    private final Workers workers;
    private final LocalWork work;
    private final Inventory inventory;
    private final WorkQueue<InstanceId> queue = new WorkQueue<>(BACKOFF);
    private final Map<InstanceId, Local> locals = new TreeMap<>();
    private final Remains remains;
    private final Reports reports = new Reports();
    private long hostEpoch;
    private long version;
    private Instant nextList = Instant.MIN;
    private boolean listing;
    private Set<UUID> silent = Set.of();

    /** Which host this is, in which boot, what time it is, and whom to tell that there is something to do. */
    public record Self(HostId id, String bootId, Clock clock, Signals signals) {}

    /** Goes on with what the memories know. */
    public HostLoop(Self self, Engines engines, Memories memories, Workers workers) throws EngineException {
        this.self = self;
        this.ports = new Ports(engines.ports());
        this.inventory = new Inventory(engines);
        this.memories = memories;
        this.remains = new Remains(memories);
        this.workers = workers;
        this.work = new LocalWork(
                new Assignments.Self(self.id(), self.bootId()), engines, ports, memories, workers, self.clock());
        this.hostEpoch = memories.hostEpoch();
        Instant now = self.clock().now();
        for (Memories.Kept kept : memories.all()) {
            if (remains.takeUp(kept)) {
                continue;
            }
            kept.assignment().ifPresent(assignment -> {
                locals.put(kept.id(), new Local(assignment, kept.memory()));
                queue.wake(kept.id(), now);
            });
        }
    }

    /** The version of the assignments that are held; 0 at first, which asks for everything. */
    public synchronized long version() {
        return version;
    }

    /**
     * Takes assignments in. What is older than what was seen is not obeyed: not from a server that doesn't know this host's epoch, and not for an older run of
     * an instance.
     */
    public void assign(Link.Assignments given) throws EngineException {
        synchronized (this) {
            if (given.hostEpoch() < hostEpoch) {
                LOG.warn("assignments for host epoch {} refused: it is {} already", given.hostEpoch(), hostEpoch);
                return;
            }
            if (given.hostEpoch() > hostEpoch) {
                memories.keepHostEpoch(given.hostEpoch());
                hostEpoch = given.hostEpoch();
            }
            Set<InstanceId> gone = new TreeSet<>();
            given.gone().forEach(id -> gone.add(new InstanceId(id)));
            if (given.full()) {
                gone.addAll(locals.keySet());
                given.assignments().forEach(assignment -> gone.remove(assignment.id()));
                given.silent().forEach(id -> gone.remove(new InstanceId(id)));
            }
            for (InstanceId id : gone) {
                drop(id);
            }
            for (Assignment assignment : given.assignments()) {
                take(assignment);
            }
            for (UUID id : given.silent()) {
                goOn(new InstanceId(id));
            }
            silent = Set.copyOf(given.silent());
            version = given.version();
        }
        self.signals().assigned();
        self.signals().work();
        self.signals().seen();
    }

    private void take(Assignment assignment) throws EngineException {
        Local local = locals.get(assignment.id());
        if (local != null && local.assignment().equals(assignment)) {
            return;
        }
        boolean delete = assignment.wanted() == Assignment.Wanted.ABSENT;
        if (!delete && remains.buried(assignment)) {
            goOn(assignment.id());
            return;
        }
        LocalMemory memory = local != null ? local.memory() : remains.memory(assignment.id());
        if (assignment.epoch() < memory.epoch()) {
            LOG.warn("{}: epoch {} refused, {} was seen", assignment.id(), assignment.epoch(), memory.epoch());
            return;
        }
        Instant now = self.clock().now();
        remains.takenBack(assignment.id());
        Memories.Kept kept = new Memories.Kept(
                assignment.id(), Optional.of(assignment), memory, delete ? Optional.of(now) : Optional.empty());
        // Of a new one nothing is done before the first pass has kept its epoch, and it with that.
        if (local != null || delete || memory.epoch() > 0) {
            memories.keep(kept);
        }
        if (delete) {
            remains.graves().put(assignment.id(), kept);
        } else {
            remains.graves().remove(assignment.id());
        }
        if (local == null) {
            locals.put(assignment.id(), new Local(assignment, memory));
        } else {
            local.assign(assignment);
        }
        queue.wake(assignment.id(), now);
    }

    /** The server says nothing of it now, but knows it: what was told of it before counts, also its deletion, of which the server hears then. */
    private void goOn(InstanceId id) throws EngineException {
        Local local = locals.get(id);
        if (local != null) {
            local.assign(local.assignment());
            return;
        }
        Optional<Local> before = remains.recall(id);
        if (before.isPresent()) {
            locals.put(id, before.get());
            queue.wake(id, self.clock().now());
        }
    }

    /** The server no longer wants anything of it. A deletion stays on record; what still runs without one is left running. */
    private void drop(InstanceId id) throws EngineException {
        Local local = locals.get(id);
        if (local == null) {
            return;
        }
        if (remains.grave(id).isPresent()) {
            local.drop();
        } else {
            remains.leave(local.kept(Optional.empty()), self.clock().now());
        }
        if (local.over() || remains.grave(id).isEmpty()) {
            locals.remove(id);
        }
    }

    /** An instance may have changed. May be called from any thread. */
    public void wake(InstanceId id) {
        synchronized (this) {
            if (!locals.containsKey(id)) {
                return; // Strangers and leftovers are found by the list.
            }
            queue.wake(id, self.clock().now());
        }
        self.signals().work();
    }

    /** Hands all work that is due to the workers, and says when the next will be. */
    public Instant tick() {
        List<Runnable> due = new ArrayList<>();
        synchronized (this) {
            Instant now = self.clock().now();
            // Further away than it was ever put: the clock was set back.
            if (!listing && (!nextList.isAfter(now) || nextList.isAfter(now.plus(LIST)))) {
                listing = true;
                due.add(this::list);
            }
            for (Optional<InstanceId> id = queue.take(now); id.isPresent(); id = queue.take(now)) {
                InstanceId mine = id.get();
                due.add(() -> pass(mine));
            }
        }
        due.forEach(workers::run);
        synchronized (this) {
            Instant never = self.clock().now().plus(LIST);
            Instant list = listing ? never : nextList;
            Instant next = queue.nextDue().orElse(never);
            return next.isBefore(list) ? next : list;
        }
    }

    private void pass(InstanceId id) {
        LocalWork.Task task;
        synchronized (this) {
            Local local = locals.get(id);
            if (local == null) {
                queue.finish(id, new Again.Done(), self.clock().now());
                return;
            }
            task = local.task();
        }
        Again again = new Again.Failed("the pass itself broke");
        try {
            LocalWork.Outcome outcome = work.pass(task, seen -> progress(id, seen));
            again = outcome.again();
            ended(id, task, outcome);
        } finally {
            synchronized (this) {
                queue.finish(id, again, self.clock().now());
            }
            self.signals().work();
        }
    }

    private void progress(InstanceId id, InstanceSeen seen) {
        Local local;
        synchronized (this) {
            local = locals.get(id);
            if (local == null || local.seen().equals(Optional.of(seen))) {
                return;
            }
            local.note(seen);
        }
        if (seen.doing().isEmpty()) {
            self.signals().seen();
        } else {
            self.signals().doing();
        }
    }

    private void ended(InstanceId id, LocalWork.Task task, LocalWork.Outcome outcome) {
        boolean changed;
        synchronized (this) {
            Local local = locals.get(id);
            if (local == null) {
                Remains.keep(
                        id, () -> remains.ended(id, task, outcome, self.clock().now()));
                return;
            }
            Optional<InstanceSeen> before = local.seen();
            local.note(outcome);
            if (!local.assignment().equals(task.assignment())) {
                Memories.Kept kept = local.kept(remains.grave(id));
                Remains.keep(id, () -> memories.keep(kept));
                queue.wake(id, self.clock().now());
            }
            if (local.over()) {
                locals.remove(id);
            }
            changed = !before.equals(local.seen());
        }
        if (changed) {
            self.signals().seen();
        }
    }

    /** Looks at everything: wakes what changed without anybody telling, finds what nobody assigned. */
    private void list() {
        try {
            Inventory.Round round = inventory.look(this::wake);
            compare(round, ports.refreshed());
        } catch (EngineException e) {
            LOG.warn(
                    "what is on record of deletions could not be kept up; tried again in {}: {}", LIST, e.getMessage());
        } finally {
            synchronized (this) {
                listing = false;
                nextList = self.clock().now().plus(LIST);
            }
            self.signals().work();
        }
    }

    private void compare(Inventory.Round round, boolean portsKnown) throws EngineException {
        Map<InstanceId, Found> found = round.found();
        boolean changed;
        synchronized (this) {
            Instant now = self.clock().now();
            locals.forEach((id, local) -> {
                boolean lost = !found.containsKey(id) && local.assignment().wanted() != Assignment.Wanted.ABSENT;
                // What cannot be listed must be looked at one by one, so that each can say what is in the way.
                boolean dark = !portsKnown
                        || round.away().contains(local.assignment().plan().type());
                // What is going may wait until a time by a clock that was set back since.
                if (dark || lost || local.going() || round.changed().contains(id)) {
                    queue.wake(id, now);
                }
            });
            bury(round, portsKnown, now);
            found.keySet().removeAll(locals.keySet());
            changed = remains.found(round, found.keySet(), id -> !portsKnown || ports.listed(id.value()));
        }
        if (changed) {
            self.signals().seen();
        }
    }

    /** What was deleted and shows up again, itself or its ports (an engine that finished an old request late), is removed, on the strength of the recorded deletion. */
    private void bury(Inventory.Round round, boolean portsKnown, Instant now) throws EngineException {
        for (Memories.Kept grave : List.copyOf(remains.graves().values())) {
            if (locals.containsKey(grave.id())) {
                continue;
            }
            boolean ports = portsKnown && this.ports.listed(grave.id().value());
            if (ports || round.found().containsKey(grave.id())) {
                Local local = new Local(grave.assignment().orElseThrow(), grave.memory());
                local.drop();
                locals.put(grave.id(), local);
                queue.wake(grave.id(), now);
            } else if (round.away().isEmpty()
                    && grave.deleted().orElse(now).plus(TOMBSTONE).isBefore(now)) {
                memories.forget(grave.id());
                remains.graves().remove(grave.id());
            }
        }
    }

    /** What is new since the last report that arrived. {@code facts} and {@code engines} are what the agent knows of its machine. */
    public synchronized Link.Observation report(Optional<HostFacts> facts, List<HostSeen.EngineSeen> engineStates) {
        Map<UUID, InstanceSeen> seen = new TreeMap<>();
        locals.forEach((id, local) -> local.seen().ifPresent(what -> seen.put(id.value(), what)));
        // Before the server told anything in this life, some of what is assigned may not be known here.
        boolean complete = version > 0 && seen.size() == locals.size();
        Reports.Strangers strangers = remains.told(locals.values(), silent, version);
        return reports.report(
                new Reports.Everything(hostEpoch, self.bootId(), seen, facts, engineStates, strangers, complete));
    }

    /** The server's answer to the last report. Not called if it never came: the next report is then a full one. */
    public synchronized void reported(Link.Ack ack) {
        reports.arrived(ack);
    }

    /** All that is assigned to this host, as far as it knows. */
    synchronized List<Assignment> assigned() {
        return locals.values().stream().map(Local::assignment).toList();
    }

    /** The images of what this host is to run, and of what is left on it. */
    synchronized Set<Digest> images() {
        Set<Digest> images = new HashSet<>();
        locals.values()
                .forEach(local -> images.add(local.assignment().plan().image().digest()));
        remains.left().forEach(left -> images.add(left.plan().image().digest()));
        return images;
    }

    /** Ends the watches; nothing of what runs is touched. */
    @Override
    public void close() {
        inventory.close();
    }
}
