package yunqi.agent.control;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.agent.state.Memories;
import yunqi.core.base.EngineException;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.LocalMemory;

/**
 * What a host remembers of instances that it is no longer assigned. A grave records a deletion: what it names is removed wherever it shows up again. What was left is there without a deletion, since the
 * server has forgotten it: it is never touched, and told about, so that it can be taken up again. Not safe for use by several threads.
 */
final class Remains {
    private static final Logger LOG = LoggerFactory.getLogger(Remains.class);

    private final Memories memories;
    private final Map<InstanceId, Memories.Kept> graves = new TreeMap<>();
    private final Map<InstanceId, Memories.Kept> left = new TreeMap<>();
    private List<UUID> strangers = List.of();
    private boolean looked;

    /** Something that is written into the memories. */
    interface Keeping {
        void go() throws EngineException;
    }

    /** A pass kept its memory with the assignment that it began with; that may be over by now. */
    static void keep(InstanceId id, Keeping keeping) {
        try {
            keeping.go();
        } catch (EngineException e) {
            LOG.warn("{} is not kept; the server will tell it again", id, e);
        }
    }

    Remains(Memories memories) {
        this.memories = memories;
    }

    /** Goes on with what was kept; true if it is one of these, and not assigned. */
    boolean takeUp(Memories.Kept kept) {
        if (kept.deleted().isPresent()) {
            graves.put(kept.id(), kept);
        }
        if (kept.left().isPresent()) {
            left.put(kept.id(), kept);
        }
        return kept.left().isPresent();
    }

    Map<InstanceId, Memories.Kept> graves() {
        return graves;
    }

    Optional<Memories.Kept> grave(InstanceId id) {
        return Optional.ofNullable(graves.get(id));
    }

    /** True if its deletion is on record, and no later run of it is meant: then it is not made again. */
    boolean buried(Assignment assignment) {
        boolean buried = grave(assignment.id())
                .filter(grave -> assignment.epoch() <= grave.memory().epoch())
                .isPresent();
        if (buried) {
            LOG.warn("{} is not made again: its deletion is on record here", assignment.id());
        }
        return buried;
    }

    /** What is remembered of it: as it was left, or as it was removed. */
    LocalMemory memory(InstanceId id) {
        return remembered(id).map(Memories.Kept::memory).orElse(LocalMemory.NOTHING);
    }

    private Optional<Memories.Kept> remembered(InstanceId id) {
        return Optional.ofNullable(left.get(id)).or(() -> grave(id));
    }

    /** It is assigned again. */
    void takenBack(InstanceId id) {
        left.remove(id);
    }

    /** The same as it was last assigned, no longer left; empty if nothing is remembered of it. */
    Optional<Local> recall(InstanceId id) throws EngineException {
        Optional<Memories.Kept> before = remembered(id);
        Optional<Assignment> last = before.flatMap(Memories.Kept::assignment);
        if (before.isEmpty() || last.isEmpty()) {
            return Optional.empty();
        }
        LocalMemory memory = before.get().memory();
        memories.keep(new Memories.Kept(id, last, memory, before.get().deleted()));
        takenBack(id);
        return Optional.of(new Local(last.get(), memory));
    }

    /** The server knows nothing of it any more, and nobody deleted it. What was never begun is forgotten. */
    void leave(Memories.Kept kept, Instant now) throws EngineException {
        if (kept.memory().epoch() == 0) {
            memories.forget(kept.id());
            return;
        }
        Memories.Kept mine = kept.leftAt(now);
        memories.keep(mine);
        left.put(kept.id(), mine);
        TreeSet<UUID> all = new TreeSet<>(strangers);
        all.add(kept.id().value());
        strangers = List.copyOf(all);
    }

    /** Of a pass that ended when nothing was assigned any more: what it kept is brought in line. */
    void ended(InstanceId id, LocalWork.Task task, LocalWork.Outcome outcome, Instant now) throws EngineException {
        Memories.Kept before = graves.containsKey(id) ? graves.get(id) : left.get(id);
        if (before != null && before.deleted().isPresent()) {
            memories.keep(before);
            return;
        }
        Assignment last =
                before == null ? task.assignment() : before.assignment().orElse(task.assignment());
        leave(new Memories.Kept(id, Optional.of(last), outcome.memory(), Optional.empty()), now);
    }

    /**
     * These are on the host and not assigned. What was left and is no more, itself and its ports, is forgotten, unless its engine is away, of which nothing is known. True if others are told about than
     * before.
     */
    boolean found(Inventory.Round round, Collection<InstanceId> unassigned, Predicate<InstanceId> ports)
            throws EngineException {
        TreeSet<UUID> now = new TreeSet<>();
        unassigned.forEach(id -> now.add(id.value()));
        for (Memories.Kept kept : List.copyOf(left.values())) {
            boolean dark = kept.assignment()
                    .filter(assignment ->
                            round.away().contains(assignment.plan().type()))
                    .isPresent();
            if (dark || ports.test(kept.id())) {
                now.add(kept.id().value());
            } else if (!now.contains(kept.id().value())) {
                memories.forget(kept.id());
                left.remove(kept.id());
            }
        }
        boolean changed = !List.copyOf(now).equals(strangers);
        strangers = List.copyOf(now);
        looked = true;
        return changed;
    }

    /**
     * All that is here and not assigned, and what was told once of those that are left, of those of which the server says nothing now, and of those that are going. Before the engines were looked through
     * once, nothing is known of what is here: then it is not said on which version of the assignments this stands.
     */
    Reports.Strangers told(Collection<Local> locals, Set<UUID> silent, long version) {
        return new Reports.Strangers(strangers, held(locals, silent), looked ? version : 0);
    }

    private List<Assignment> held(Collection<Local> locals, Set<UUID> silent) {
        List<Assignment> all = left();
        locals.stream()
                .filter(local ->
                        local.going() || silent.contains(local.assignment().id().value()))
                .forEach(local -> all.add(local.assignment()));
        return all;
    }

    /** What was told once of those that are left. */
    List<Assignment> left() {
        List<Assignment> all = new ArrayList<>();
        left.values().forEach(kept -> kept.assignment().ifPresent(all::add));
        return all;
    }
}
