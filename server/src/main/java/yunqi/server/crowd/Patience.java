package yunqi.server.crowd;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends waits that last too long, by interrupting who waits: neither reading from a socket nor writing to one has a limit of its own for the whole, and somebody who sends or
 * takes a byte now and then would hold a thread for ever. Safe for use by many threads.
 */
public final class Patience implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(250);

    private final Set<Wait> waits = ConcurrentHashMap.newKeySet();
    private final Thread looker = Thread.ofVirtual().name("patience").start(this::look);

    /** A wait of this thread, until it is closed. */
    public final class Wait implements AutoCloseable {
        private final Thread thread = Thread.currentThread();
        private final long end;
        private boolean over;
        private boolean late;

        private Wait(Duration longest) {
            this.end = System.nanoTime() + longest.toNanos();
        }

        private synchronized void interruptIfLate() {
            if (!over && System.nanoTime() - end > 0) {
                over = true;
                late = true;
                thread.interrupt();
            }
        }

        /** True if it lasted too long, whether it was ended for that or not. */
        public synchronized boolean late() {
            return late || System.nanoTime() - end > 0;
        }

        /** The thread goes on as if it had never been interrupted by us. */
        @Override
        public synchronized void close() {
            over = true;
            waits.remove(this);
            if (late) {
                Thread.interrupted();
            }
        }
    }

    /** What this thread does from now on is interrupted if it lasts longer than this. */
    public Wait atMost(Duration longest) {
        Wait wait = new Wait(longest);
        waits.add(wait);
        return wait;
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                waits.forEach(Wait::interruptIfLate);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        looker.interrupt();
    }
}
