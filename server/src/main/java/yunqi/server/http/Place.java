package yunqi.server.http;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A request's place among those that are worked on. Used by the thread that works on it. */
final class Place {
    private static final Duration PATIENCE = Duration.ofSeconds(2); // a burst may wait so long for its turn
    private static final int RETRY_SECONDS = 1;

    private final Semaphore places;
    private boolean held;

    Place(Semaphore places) {
        this.places = places;
    }

    /** Waits a moment for it. Throws {@link Refused} if all are taken. */
    void take() {
        try {
            held = places.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Refused.later("stopping", "the server is being stopped", RETRY_SECONDS);
        }
        if (!held) {
            throw Refused.later("busy", "the server works on as many requests as it can already", RETRY_SECONDS);
        }
    }

    /** Gives it back, if it is held. */
    void leave() {
        if (held) {
            held = false;
            places.release();
        }
    }
}
