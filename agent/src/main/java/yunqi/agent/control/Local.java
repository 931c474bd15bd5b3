package yunqi.agent.control;

import java.time.Instant;
import java.util.Optional;
import yunqi.agent.state.Memories;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.LocalMemory;

/** What the loop holds of one instance. To be used under the loop's lock only. */
final class Local {
    private Assignment assignment;
    private LocalMemory memory;
    private String trouble = "";
    private Optional<InstanceSeen> seen = Optional.empty();
    private boolean absent;
    private boolean dropped;

    Local(Assignment assignment, LocalMemory memory) {
        this.assignment = assignment;
        this.memory = memory;
    }

    Assignment assignment() {
        return assignment;
    }

    void assign(Assignment newAssignment) {
        assignment = newAssignment;
        absent = false;
        dropped = false;
    }

    LocalMemory memory() {
        return memory;
    }

    Optional<InstanceSeen> seen() {
        return seen;
    }

    /** The server no longer asks about it: it is over once nothing of it is here. */
    void drop() {
        dropped = true;
    }

    /** True while something of what is to be removed may still be here. */
    boolean going() {
        return assignment.wanted() == Assignment.Wanted.ABSENT && !absent;
    }

    /** True once nobody asks about it and nothing of it is here, as was wanted. */
    boolean over() {
        return dropped && absent;
    }

    LocalWork.Task task() {
        return new LocalWork.Task(assignment, memory, trouble);
    }

    void note(InstanceSeen progress) {
        seen = Optional.of(progress);
    }

    void note(LocalWork.Outcome outcome) {
        memory = outcome.memory();
        trouble = outcome.trouble();
        if (outcome.seen().isPresent()) {
            seen = outcome.seen();
        } else if (seen.isPresent()) {
            seen = Optional.of(seen.get().troubled(trouble));
        }
        absent = assignment.wanted() == Assignment.Wanted.ABSENT
                && outcome.here()
                        .filter(here -> here.found().isEmpty() && !here.attached())
                        .isPresent();
    }

    Memories.Kept kept(Optional<Memories.Kept> grave) {
        Optional<Instant> deleted = grave.flatMap(Memories.Kept::deleted);
        return new Memories.Kept(assignment.id(), Optional.of(assignment), memory, deleted);
    }
}
