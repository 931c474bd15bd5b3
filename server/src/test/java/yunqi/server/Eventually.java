package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/** Waits for what happens in its own time, up to a deadline: the one place in these tests that does so by looking again and again. */
public final class Eventually {
    private static final long PAUSE_MILLIS = 20; // short against what is waited for, long against a look at it

    private Eventually() {}

    /** Looks until what is seen is as wanted, and gives it back; fails after {@code patience} with what was seen last. */
    public static <T> T within(Duration patience, String what, Callable<T> look, Predicate<T> wanted) throws Exception {
        long deadline = System.nanoTime() + patience.toNanos();
        T seen = look.call();
        while (!wanted.test(seen)) {
            assertThat(System.nanoTime() - deadline)
                    .as("not within %s: %s; seen last: %s", patience, what, seen)
                    .isNegative();
            Thread.sleep(PAUSE_MILLIS);
            seen = look.call();
        }
        return seen;
    }
}
