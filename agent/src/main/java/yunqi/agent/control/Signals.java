package yunqi.agent.control;

/** Whom the loop tells that there is something to do. May be called from any thread and must not block. */
public interface Signals {
    /** Work has become due, or will earlier than was thought: {@link HostLoop#tick} should be called. */
    void work();

    /** What is seen has changed: {@link HostLoop#report} has something to say. */
    void seen();

    /** What is being done has changed. If nothing else is seen soon, that is worth a report; most steps are over before anybody could have read of them. */
    default void doing() {
        seen();
    }

    /** What is assigned has changed: {@link HostLoop#assigned} has something to say. */
    default void assigned() {}
}
