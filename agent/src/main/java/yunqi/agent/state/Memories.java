package yunqi.agent.state;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.EngineException;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.LocalMemory;

/** Where a host keeps what it knows. What was kept is there after a crash at any moment: either as it was before, or as it is now. */
public interface Memories {
    /**
     * All that is known of one instance: its assignment while it has one, and since when a deletion of it is on record (it is removed wherever it
     * shows up again). {@code left} is since when the server knows nothing of it, though nobody deleted it: it is left as it is.
     */
    record Kept(
            InstanceId id,
            Optional<Assignment> assignment,
            LocalMemory memory,
            Optional<Instant> deleted,
            Optional<Instant> left) {
        /** Of one that the server knows. */
        public Kept(InstanceId id, Optional<Assignment> assignment, LocalMemory memory, Optional<Instant> deleted) {
            this(id, assignment, memory, deleted, Optional.empty());
        }

        /** From now on the server knows nothing of it. */
        public Kept leftAt(Instant now) {
            return new Kept(id, assignment, memory, deleted, Optional.of(now));
        }
    }

    /** Everything kept, sorted by id. */
    List<Kept> all() throws EngineException;

    void keep(Kept kept) throws EngineException;

    void forget(InstanceId id) throws EngineException;

    /** The highest epoch of this host that the server told; 0 if none. */
    long hostEpoch() throws EngineException;

    void keepHostEpoch(long epoch) throws EngineException;
}
