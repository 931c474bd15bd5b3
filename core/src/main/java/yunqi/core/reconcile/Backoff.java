package yunqi.core.reconcile;

import java.time.Duration;

/** Pauses that double from {@code first} to {@code limit}. No jitter: each thing fails on its own clock already. */
public record Backoff(Duration first, Duration limit) {
    public Backoff {
        if (first.isNegative() || first.isZero() || limit.compareTo(first) < 0) {
            throw new IllegalArgumentException("backoff from " + first + " to " + limit);
        }
    }

    /** The pause after the {@code failures}-th failure in a row, counted from 1. */
    public Duration pause(int failures) {
        int doublings = Math.min(Math.max(failures - 1, 0), 30);
        long millis = first.toMillis() << doublings;
        return millis > limit.toMillis() || millis <= 0 ? limit : Duration.ofMillis(millis);
    }
}
