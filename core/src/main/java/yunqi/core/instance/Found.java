package yunqi.core.instance;

import java.time.Instant;
import java.util.Optional;

/**
 * An instance as an engine has it. {@code epoch} and {@code applied} are what {@link InstanceDriver#create} was given; {@code guestReady} is true
 * once the guest opened its agent's channel, and for engines or images without one as soon as it runs.
 */
public record Found(
        InstanceId id,
        long epoch,
        String applied,
        State state,
        Optional<Instant> started,
        Optional<Instant> finished,
        Optional<Integer> exitCode,
        boolean guestReady) {
    /** {@code CREATED}: never started since it was made. {@code EXITED}: it ran and ended. */
    public enum State {
        CREATED,
        RUNNING,
        EXITED
    }
}
