package yunqi.server.control;

import java.util.UUID;
import yunqi.core.base.EngineException;
import yunqi.core.reconcile.Again;
import yunqi.server.store.Counts;

/** What control does about one kind of thing. Called by several threads at once, never for one thing by two. */
public interface Work {
    String kind();

    /** Looks at one thing and does the next step. The thing may be gone. Every step may be repeated. */
    Again perform(UUID id, Turn turn) throws EngineException;

    /** True if there is nothing to do about the thing as it is with these counts: it was looked at as far as that, and is queued if it waits for anything. */
    default boolean knows(UUID id, Counts counts) {
        return false;
    }

    /** Finds what no change will wake: called when the lease is won, and with every sweep. */
    void sweep(Turn turn) throws EngineException;
}
