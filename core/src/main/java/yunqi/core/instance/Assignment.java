package yunqi.core.instance;

import java.util.Optional;
import yunqi.core.base.Name;

/**
 * What a host should do about one instance: the plan, what is wanted of it, the run epoch (a host refuses one older than it has seen for this
 * instance), the restart policy, and how often a restart was asked for. {@code applied} is the digest of the plan. {@code names} is not acted on, only told
 * to the instance when it asks about itself; a server of an older version doesn't give it.
 */
public record Assignment(
        InstancePlan plan,
        Wanted wanted,
        long epoch,
        RestartPolicy restart,
        long restarts,
        String applied,
        Optional<Names> names) {
    /** What is wanted of the instance on this host. */
    public enum Wanted {
        RUNNING,
        STOPPED,
        ABSENT
    }

    /** What its user knows by name, and the plan by value alone: the image, the flavor, and the zone of the host. */
    public record Names(Name image, Name flavor, Optional<Name> zone) {}

    /** Without names. */
    public Assignment(
            InstancePlan plan, Wanted wanted, long epoch, RestartPolicy restart, long restarts, String applied) {
        this(plan, wanted, epoch, restart, restarts, applied, Optional.empty());
    }

    public InstanceId id() {
        return plan.id();
    }
}
