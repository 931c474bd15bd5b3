package yunqi.core.instance;

import java.time.Instant;
import java.util.Optional;

/**
 * An instance as an engine has it. {@code epoch} and {@code applied} are what {@link InstanceDriver#create} was given; {@code guestReady} is true
 * once the guest opened its agent's channel, and for engines or images without one as soon as it runs. {@code note} says in words what the engine
 * knows beyond this of how it ended ("out of memory"); mostly empty.
 */
public record Found(
        InstanceId id,
        long epoch,
        String applied,
        State state,
        Optional<Instant> started,
        Optional<Instant> finished,
        Optional<Integer> exitCode,
        boolean guestReady,
        String note) {
    /** {@code CREATED}: never started since it was made. {@code EXITED}: it ran and ended. */
    public enum State {
        CREATED,
        RUNNING,
        EXITED
    }

    /** One about which the engine knows nothing more. */
    public Found(
            InstanceId id,
            long epoch,
            String applied,
            State state,
            Optional<Instant> started,
            Optional<Instant> finished,
            Optional<Integer> exitCode,
            boolean guestReady) {
        this(id, epoch, applied, state, started, finished, exitCode, guestReady, "");
    }
}
