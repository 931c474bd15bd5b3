package yunqi.drivers.process;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.host.HostSeen;
import yunqi.core.reconcile.Backoff;

/**
 * Keeps daemons running: starts them in order, and each again when it ends, with pauses that grow while it keeps ending. Closing it ends the
 * watching, not the daemons.
 */
public final class Supervisor implements AutoCloseable {
    /** Pauses before a daemon that ended is started again. The first is short: whoever lost a working engine wants it back. */
    public static final Backoff RESTART = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(30));

    /** A daemon that ran this long ran well: the pauses begin from the shortest again. */
    private static final Duration RAN_WELL = Duration.ofSeconds(60);

    private static final Duration LOOK = Duration.ofMillis(250); // a look is one small read of /proc
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

    private final List<Watched> all;
    private final List<Thread> threads = new ArrayList<>();
    private final Runnable changed;

    /** {@code changed} is called after a daemon has come, gone, or failed to start. */
    public Supervisor(List<Daemon> daemons, Runnable changed) {
        this.all = daemons.stream().map(Watched::new).toList();
        this.changed = changed;
    }

    /** Starts every daemon that doesn't run, one after the other as they build on each other, then watches each by itself. A failure is tried again while watching. */
    public synchronized void start() {
        if (!threads.isEmpty()) {
            throw new IllegalStateException("started already");
        }
        for (Watched watched : all) {
            watched.attempt();
            threads.add(
                    Thread.ofVirtual().name("watch-" + watched.daemon.name()).start(watched::watch));
        }
    }

    /** How each is, in the order given. */
    public List<HostSeen.EngineSeen> seen() {
        return all.stream().map(Watched::seen).toList();
    }

    @Override
    public synchronized void close() {
        threads.forEach(Thread::interrupt);
        boolean interrupted = false;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        threads.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Watched {
        private final Daemon daemon;
        private int restarts;
        private int failures;
        private long startedNanos;
        private boolean up;
        private String message = "not started yet";

        Watched(Daemon daemon) {
            this.daemon = daemon;
        }

        void watch() {
            try {
                while (true) {
                    if (isUp() && Daemons.running(daemon)) {
                        Thread.sleep(LOOK);
                        continue;
                    }
                    Thread.sleep(fallen());
                    attempt();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private synchronized boolean isUp() {
            return up;
        }

        /** Notes that it is down; gives back how long to wait before the next start. */
        private Duration fallen() {
            Duration pause;
            synchronized (this) {
                if (up) {
                    up = false;
                    boolean ranWell = System.nanoTime() - startedNanos > RAN_WELL.toNanos();
                    failures = ranWell ? 1 : failures + 1;
                    restarts++;
                    message = "ended by itself; its log is " + daemon.log();
                    LOG.warn("{} ended by itself ({} times so far)", daemon.name(), restarts);
                }
                pause = RESTART.pause(failures);
            }
            changed.run();
            return pause;
        }

        void attempt() {
            try {
                Daemons.start(daemon);
                synchronized (this) {
                    up = true;
                    startedNanos = System.nanoTime();
                    message = "";
                }
            } catch (EngineException e) {
                synchronized (this) {
                    failures++;
                    message = String.valueOf(e.getMessage());
                }
                LOG.warn("{}: {}", daemon.name(), e.getMessage());
            }
            changed.run();
        }

        synchronized HostSeen.EngineSeen seen() {
            return new HostSeen.EngineSeen(daemon.name(), up, restarts, message);
        }
    }
}
