package yunqi.trials.simulation.world;

import java.time.Duration;
import java.time.Instant;
import yunqi.core.base.Clock;

/** A machine's clock, which somebody may set. */
public final class SkewedClock implements Clock {
    private final Clock world;
    private Duration wrong = Duration.ZERO;

    public SkewedClock(Clock trueTime) {
        this.world = trueTime;
    }

    @Override
    public Instant now() {
        return world.now().plus(wrong);
    }

    /** From now on it is wrong by this much. */
    public void set(Duration by) {
        wrong = by;
    }
}
