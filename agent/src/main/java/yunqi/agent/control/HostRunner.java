package yunqi.agent.control;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.agent.link.ServerLink;
import yunqi.agent.state.Memories;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.core.host.HostId;
import yunqi.core.reconcile.Backoff;
import yunqi.core.wire.Link;

/**
 * Gives a {@link HostLoop} threads and time: one virtual thread fetches assignments, one reports, one starts what is due, and each piece of an
 * engine's work has one of its own. The server may be away for as long as it likes.
 */
public final class HostRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostRunner.class);

    /** A report is sent at least this often, so that the server knows the host is there. */
    public static final Duration REPORT = Duration.ofSeconds(5);

    private static final Duration SOON =
            Duration.ofMillis(250); // what is over within this need not be told as under way
    private static final Duration SWEEP_IMAGES = Duration.ofMinutes(5); // how late a full disk is noticed
    private static final Duration TELL = Duration.ofSeconds(30); // how late it is noticed that its port was taken away
    private static final Duration TELL_AGAIN =
            Duration.ofSeconds(1); // the network comes up some seconds after the agent
    private static final Duration POLL = Duration.ofSeconds(30); // below what proxies cut off
    private static final Backoff AWAY = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10));
    private static final int WORK_LIMIT = 16; // pieces of engines' work at once; more only queue inside the engines

    private final ServerLink link;
    private final MachineSeen machine;
    private final Clock clock;
    private final HostLoop loop;
    private final ImageSweep images;
    private final Audience metadata;
    private final Semaphore slots = new Semaphore(WORK_LIMIT);
    private final Semaphore workSignal = new Semaphore(0);
    private final Semaphore seenSignal = new Semaphore(0);
    private final Semaphore assignedSignal = new Semaphore(0);
    private final AtomicBoolean soon = new AtomicBoolean(); // what is being done was not reported yet
    private final Thread[] threads;
    private volatile boolean closed;

    /** Starts at once. */
    public HostRunner(
            HostId host, String bootId, Engines engines, Memories memories, ServerLink link, MachineSeen machine)
            throws EngineException {
        this.link = link;
        this.machine = machine;
        this.clock = Instant::now;
        Signals signals = new Signals() {
            @Override
            public void work() {
                workSignal.release();
            }

            @Override
            public void seen() {
                seenSignal.release();
            }

            @Override
            public void assigned() {
                assignedSignal.release();
            }

            @Override
            public void doing() {
                reportSoon();
            }
        };
        this.loop = new HostLoop(new HostLoop.Self(host, bootId, clock, signals), engines, memories, new Threads());
        this.images = new ImageSweep(engines, loop::images, this::freeShare);
        this.metadata = engines.metadata();
        this.threads = new Thread[] {
            Thread.ofVirtual().name("loop-tick").unstarted(() -> forever(this::tick)),
            Thread.ofVirtual().name("loop-assign").unstarted(() -> forever(this::assign)),
            Thread.ofVirtual().name("loop-report").unstarted(() -> forever(this::report)),
            Thread.ofVirtual().name("loop-tell").unstarted(() -> forever(this::tell)),
            Thread.ofVirtual().name("image-sweep").unstarted(() -> forever(this::sweepImages)),
        };
        for (Thread thread : threads) {
            thread.start();
        }
    }

    /** One turn of a thread's life. */
    private interface Turn {
        void take() throws InterruptedException, EngineException;
    }

    private void forever(Turn turn) {
        int failures = 0;
        try {
            while (!closed) {
                try {
                    turn.take();
                    failures = 0;
                } catch (EngineException e) {
                    failures++;
                    Duration pause = AWAY.pause(failures);
                    LOG.info("{}; tried again in {} ms", e.getMessage(), pause.toMillis());
                    Thread.sleep(pause);
                } catch (RuntimeException e) {
                    failures++;
                    LOG.error("a bug in {}; it goes on", Thread.currentThread().getName(), e);
                    Thread.sleep(AWAY.pause(failures));
                }
            }
        } catch (InterruptedException _) {
            LOG.debug("{} ends", Thread.currentThread().getName());
        }
    }

    /** Each piece of work on a virtual thread of its own. */
    private final class Threads implements Workers {
        @Override
        public void run(Runnable work) {
            work(work);
        }

        @Override
        public void both(Piece one, Piece other) throws EngineException {
            var beside = new FutureTask<>(() -> {
                one.run();
                return one;
            });
            Thread.ofVirtual().name("engine-work-beside").start(beside);
            try {
                other.run();
            } finally {
                await(beside);
            }
        }

        private static void await(FutureTask<?> beside) throws EngineException {
            try {
                beside.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof EngineException complaint) {
                    throw complaint;
                }
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new EngineException(EngineException.Kind.UNAVAILABLE, "interrupted while waiting", e);
            }
        }
    }

    private void work(Runnable work) {
        // Each instance has at most one piece of work, so no more threads wait here than there are instances.
        Thread.ofVirtual().name("engine-work").start(() -> {
            slots.acquireUninterruptibly();
            try {
                work.run();
            } catch (RuntimeException e) {
                LOG.error("a bug in an engine's work; the instance is looked at again later", e);
            } finally {
                slots.release();
            }
        });
    }

    private void tick() throws InterruptedException {
        workSignal.drainPermits();
        Duration pause = Duration.between(clock.now(), loop.tick());
        if (pause.isPositive()) {
            workSignal.tryAcquire(pause.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void assign() throws EngineException {
        Optional<Link.Assignments> given = link.assignments(loop.version(), POLL);
        if (given.isPresent()) {
            loop.assign(given.get());
        }
    }

    private void reportSoon() {
        if (soon.compareAndSet(false, true)) {
            Thread.ofVirtual().name("loop-report-soon").start(() -> {
                try {
                    Thread.sleep(SOON);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                if (soon.get()) {
                    seenSignal.release();
                }
            });
        }
    }

    private void report() throws InterruptedException, EngineException {
        seenSignal.drainPermits();
        soon.set(false);
        loop.reported(link.observe(loop.report(machine.facts(), machine.engines())));
        seenSignal.tryAcquire(REPORT.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void tell() throws InterruptedException {
        assignedSignal.drainPermits();
        Duration pause = TELL;
        try {
            metadata.tell(loop.assigned());
        } catch (EngineException e) {
            // Not with growing pauses: who asks about itself right after its start would wait for the last of them.
            LOG.info("{}; told again in {} ms", e.getMessage(), TELL_AGAIN.toMillis());
            pause = TELL_AGAIN;
        }
        assignedSignal.tryAcquire(pause.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void sweepImages() throws InterruptedException, EngineException {
        Thread.sleep(SWEEP_IMAGES);
        images.look(clock.now());
    }

    /** Of the fullest disk. */
    private double freeShare() {
        return machine.facts().stream()
                .flatMap(facts -> facts.disks().stream())
                .filter(disk -> disk.size().count() > 0)
                .mapToDouble(disk -> (double) disk.free().count() / disk.size().count())
                .min()
                .orElse(1);
    }

    /** Ends the threads; nothing of what runs on the host is touched. */
    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) {
            thread.interrupt();
        }
        loop.close();
    }
}
