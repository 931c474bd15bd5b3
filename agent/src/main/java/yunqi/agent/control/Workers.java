package yunqi.agent.control;

/** Who does the engines' work: threads in production, events in the simulation. */
@FunctionalInterface
public interface Workers {
    /** Does the work, now or soon, in the caller's thread or another. */
    void run(Runnable work);
}
