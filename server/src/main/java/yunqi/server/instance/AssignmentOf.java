package yunqi.server.instance;

import java.util.Optional;
import yunqi.core.base.Name;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.wire.Digests;

/** What a host is told to do about an instance, derived from what is wanted and decided. Pure. */
public final class AssignmentOf {
    private AssignmentOf() {}

    /** Empty while nothing is decided that a host could act on. */
    public static Optional<Assignment> instance(Instance instance) {
        return instance(instance, Optional.empty());
    }

    /** The same, with the zone of its host, which the instance may ask for. */
    public static Optional<Assignment> instance(Instance instance, Optional<Name> zone) {
        InstanceDecided decided = instance.decided();
        if (decided.host().isEmpty()
                || decided.shape().isEmpty()
                || decided.image().isEmpty()) {
            return Optional.empty();
        }
        InstanceSpec spec = instance.spec();
        InstanceDecided.Chosen image = decided.image().get();
        InstancePlan plan = new InstancePlan(
                instance.id(),
                instance.project(),
                instance.meta().name(),
                spec.type(),
                decided.shape().get(),
                image.plan(),
                image.agent(),
                image.cloudInit(),
                decided.nics(),
                spec.command(),
                spec.env(),
                spec.userData(),
                spec.keys());
        return Optional.of(new Assignment(
                plan,
                wanted(instance),
                decided.runEpoch(),
                spec.restart(),
                spec.restarts(),
                Digests.of(plan),
                Optional.of(new Assignment.Names(image.name(), spec.flavor(), zone))));
    }

    private static Assignment.Wanted wanted(Instance instance) {
        if (!instance.meta().wanted()) {
            return Assignment.Wanted.ABSENT;
        }
        return instance.spec().running() ? Assignment.Wanted.RUNNING : Assignment.Wanted.STOPPED;
    }
}
