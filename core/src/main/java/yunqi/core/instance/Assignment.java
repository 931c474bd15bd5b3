package yunqi.core.instance;

/**
 * What a host should do about one instance: the plan, what is wanted of it, the run epoch (a host refuses one older than it has seen for this
 * instance), the restart policy, and how often a restart was asked for. {@code applied} is the digest of the plan.
 */
public record Assignment(
        InstancePlan plan, Wanted wanted, long epoch, RestartPolicy restart, long restarts, String applied) {
    /** What is wanted of the instance on this host. */
    public enum Wanted {
        RUNNING,
        STOPPED,
        ABSENT
    }

    public InstanceId id() {
        return plan.id();
    }
}
