package yunqi.agent.control;

import yunqi.core.base.EngineException;

/** Who does the engines' work: threads in production, events in the simulation. */
@FunctionalInterface
public interface Workers {
    /** A piece of engines' work that its caller waits for. */
    @FunctionalInterface
    interface Piece {
        void run() throws EngineException;
    }

    /** Does the work, now or soon, in the caller's thread or another. */
    void run(Runnable work);

    /** Does two pieces that have nothing to do with each other, and returns when both have ended; one after the other unless there are threads to spare. */
    default void both(Piece one, Piece other) throws EngineException {
        one.run();
        other.run();
    }
}
