package yunqi.server.audit;

import java.time.Duration;
import java.time.Instant;

/** Lets so many through in each minute, and counts the others: whoever has no token must not fill our disks. Safe for use by many threads. */
final class Flood {
    /** More than honest mistakes make, and no more than 50 MB a day. */
    static final int LIMIT = 100;

    private static final Duration WINDOW = Duration.ofMinutes(1);

    private Instant began = Instant.MIN;
    private int passed;
    private long held;

    /** True if this one is within the limit; counted if not. */
    synchronized boolean passes(Instant now) {
        if (began.equals(Instant.MIN) || !now.isBefore(began.plus(WINDOW))) {
            began = now;
            passed = 0;
        }
        if (passed < LIMIT) {
            passed++;
            return true;
        }
        held++;
        return false;
    }

    /** How many were counted up to the end of a minute that is over; from here on it counts anew. */
    synchronized long takeHeld(Instant now) {
        if (held == 0 || now.isBefore(began.plus(WINDOW))) {
            return 0;
        }
        long taken = held;
        held = 0;
        return taken;
    }

    /** What was taken could not be written down. */
    synchronized void giveBack(long taken) {
        held += taken;
    }
}
