package yunqi.drivers.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import yunqi.core.base.EngineException;

/** Waits for what an engine does in its own time, up to a deadline; and asserts how an engine complains. */
public final class Eventually {
    private static final long PAUSE_MILLIS = 20; // short against any engine's work, long against a look at it

    private Eventually() {}

    /** Polls until the condition holds; fails after {@code patience} with what was waited for. An engine that is busy meanwhile is asked again. */
    public static void within(Duration patience, String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + patience.toNanos();
        String last = "";
        while (true) {
            try {
                if (condition.call()) {
                    return;
                }
                last = "";
            } catch (EngineException e) {
                if (e.kind() != EngineException.Kind.BUSY && e.kind() != EngineException.Kind.UNAVAILABLE) {
                    throw e;
                }
                last = "; last complaint: " + e.getMessage();
            }
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + patience + ": " + what + last);
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    /** Asserts that the condition holds, and goes on holding for this long. */
    public static void staysFor(Duration time, String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + time.toNanos();
        do {
            assertThat(condition.call()).as(what).isTrue();
            Thread.sleep(PAUSE_MILLIS);
        } while (System.nanoTime() - deadline < 0);
    }

    /** Asserts that the call fails with an {@link EngineException} of this kind, which says something. */
    public static void complains(EngineException.Kind kind, ThrowingCallable call) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).isInstanceOf(EngineException.class).hasMessageMatching("(?s).{4,}");
        assertThat(((EngineException) thrown).kind()).isEqualTo(kind);
    }
}
