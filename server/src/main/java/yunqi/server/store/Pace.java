package yunqi.server.store;

import java.time.Duration;

/** A token bucket: turns may follow one another at once until the bucket is empty, and then as fast as it fills. Not safe for threads. */
final class Pace {
    private final long gap;
    private final long most;
    private long paidUntil;

    /** One turn for each {@code gap} in the long run, {@code burst} at once. {@code now} is a {@link System#nanoTime}, as for {@link #pause}. */
    Pace(Duration gap, int burst, long now) {
        this.gap = gap.toNanos();
        this.most = this.gap * (burst - 1);
        this.paidUntil = now - most;
    }

    /** Counts a turn, and says how long to wait before the next. */
    Duration pause(long now) {
        paidUntil = Math.max(paidUntil - now, -most) + now + gap;
        return Duration.ofNanos(Math.max(0, paidUntil - now));
    }
}
