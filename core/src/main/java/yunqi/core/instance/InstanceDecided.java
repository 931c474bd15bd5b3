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
 * what it waits for. {@code why} explains the placement. The run epoch is raised by every placement. {@code era} is the era of the database in which it was last decided or
 * confirmed. {@code untouched} is there while it is left as its host has it, though that is not what is wanted.
 */
public record InstanceDecided(
        Optional<HostId> host,
        long runEpoch,
        Optional<FlavorSpec> shape,
        Optional<Chosen> image,
        List<NicPlan> nics,
        Optional<Instant> placed,
        String why,
        Optional<Waiting> waiting,
        long era,
        Optional<Untouched> untouched) {
    public static final InstanceDecided NOTHING = new InstanceDecided(
            Optional.empty(), 0, Optional.empty(), Optional.empty(), List.of(), Optional.empty(), "", Optional.empty());

    /** In the database's first era. */
    public InstanceDecided(
            Optional<HostId> host,
            long runEpoch,
            Optional<FlavorSpec> shape,
            Optional<Chosen> image,
            List<NicPlan> nics,
            Optional<Instant> placed,
            String why,
            Optional<Waiting> waiting) {
        this(host, runEpoch, shape, image, nics, placed, why, waiting, 0, Optional.empty());
    }

    public InstanceDecided {
        nics = List.copyOf(nics);
    }

    /** The image that the name in the spec stood for when it was decided. {@code agent}: its guests open the guest agent's channel. */
    public record Chosen(Name name, ImagePlan plan, boolean agent, boolean cloudInit) {}

    /** Why its host is told nothing of it, since when, and which generation of the wish that was: as soon as somebody wishes anew, that is done. */
    public record Untouched(String why, long generation, Instant since) {}

    /** What is waited for, since when, and when it is tried again. {@code code} is a stable word such as {@code no-room}. */
    public record Waiting(String code, String message, Instant since, Instant next) {
        public Waiting retold(String words) {
            return new Waiting(code, words, since, next);
        }
    }

    /** The same with other words. */
    public InstanceDecided retold(String reason, Optional<Waiting> wait) {
        return new InstanceDecided(host, runEpoch, shape, image, nics, placed, reason, wait, era, untouched);
    }

    public InstanceDecided waitingFor(Optional<Waiting> reason) {
        return retold(why, reason);
    }

    /** The same, in this era, and left as its host has it for this reason, if there is one. */
    public InstanceDecided confirmed(long now, Optional<Untouched> reason) {
        return new InstanceDecided(host, runEpoch, shape, image, nics, placed, why, waiting, now, reason);
    }
}
