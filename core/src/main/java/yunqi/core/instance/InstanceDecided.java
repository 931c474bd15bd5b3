package yunqi.core.instance;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImagePlan;
import yunqi.core.network.NicPlan;

/**
 * What control decided: where the instance runs and under which run epoch, with which size, image and addresses; or, while it could not decide,
 * what it waits for. {@code why} explains the placement. The run epoch is raised by every placement.
 */
public record InstanceDecided(
        Optional<HostId> host,
        long runEpoch,
        Optional<FlavorSpec> shape,
        Optional<Chosen> image,
        List<NicPlan> nics,
        Optional<Instant> placed,
        String why,
        Optional<Waiting> waiting) {
    public static final InstanceDecided NOTHING = new InstanceDecided(
            Optional.empty(), 0, Optional.empty(), Optional.empty(), List.of(), Optional.empty(), "", Optional.empty());

    public InstanceDecided {
        nics = List.copyOf(nics);
    }

    /** The image that the name in the spec stood for when it was decided. {@code agent}: its guests open the guest agent's channel. */
    public record Chosen(Name name, ImagePlan plan, boolean agent, boolean cloudInit) {}

    /** What is waited for, since when, and when it is tried again. {@code code} is a stable word such as {@code no-room}. */
    public record Waiting(String code, String message, Instant since, Instant next) {
        public Waiting retold(String words) {
            return new Waiting(code, words, since, next);
        }
    }

    /** The same with other words. */
    public InstanceDecided retold(String reason, Optional<Waiting> wait) {
        return new InstanceDecided(host, runEpoch, shape, image, nics, placed, reason, wait);
    }

    public InstanceDecided waitingFor(Optional<Waiting> reason) {
        return new InstanceDecided(host, runEpoch, shape, image, nics, placed, why, reason);
    }
}
