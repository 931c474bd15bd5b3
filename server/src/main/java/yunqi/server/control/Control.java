package yunqi.server.control;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.core.reconcile.Again;
import yunqi.core.reconcile.Backoff;
import yunqi.core.reconcile.WorkQueue;
import yunqi.server.store.Change;
import yunqi.server.store.Lease;
import yunqi.server.store.LogTrimmed;
import yunqi.server.store.Store;
import yunqi.server.store.StoreUnavailable;

/**
 * The loop that drives all works, on the one server that holds its lease. It follows the change log, queues what changed, and performs what is due; a sweep looks
 * at everything now and then, so that a lost wake-up costs time and nothing else.
 *
 * <p>{@link #step} does all of that once, on the caller's thread and the given clock: that is how the simulation runs it. {@link #start} runs it in the background.
 */
public final class Control implements AutoCloseable {
    static final String LOOP = "control";
    static final Duration LEASE = Duration.ofSeconds(15); // a dead server's successor starts after this
    static final Duration RENEW = Duration.ofSeconds(5); // two renewals may be lost
    static final Duration SWEEP = Duration.ofSeconds(30);
    static final Backoff BACKOFF = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(30));
    private static final Duration NAP =
            Duration.ofMillis(250); // longest that a due thing waits for the follower to look up
    private static final int CHANGES = 1_000; // read at once
    private static final int WORKERS = 16; // pieces of work at once; more only queue up at the database
    private static final Logger LOG = LoggerFactory.getLogger(Control.class);

    private final Store store;
    private final Clock clock;
    private final String owner;
    private final Map<String, Work> works = new TreeMap<>();
    private WorkQueue<Key> queue = new WorkQueue<>(BACKOFF);
    private final Semaphore slots = new Semaphore(WORKERS);
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("control-", 0).factory());
    private Optional<Lease> lease = Optional.empty();
    private Instant renewAt = Instant.MIN;
    private Instant sweepAt = Instant.MIN;
    private long sweptEpoch = -1;
    private long cursor;
    private int bugs;
    private volatile boolean closed;

    /** {@code owner} names this server among others; {@code works} one for each kind. */
    public Control(Store store, Clock clock, String owner, List<Work> works) {
        this.store = store;
        this.clock = clock;
        this.owner = owner;
        works.forEach(work -> this.works.put(work.kind(), work));
    }

    /** Runs in the background until closed. */
    public void start() {
        threads.execute(this::run);
    }

    /** True if this server holds the lease. */
    public synchronized boolean leading() {
        return lease.isPresent();
    }

    /** How often work on one thing ended in an error that is neither the store's nor an engine's. Not 0: the log says what is wrong with us. */
    public synchronized int bugs() {
        return bugs;
    }

    /** How many things wait to be looked at or are being looked at. */
    public synchronized int waiting() {
        return queue.size();
    }

    /** Looks once: lease, changes, sweep, then everything that is due, on this thread. Gives back when it has to be called again at the latest. */
    public Instant step() {
        return step(Integer.MAX_VALUE);
    }

    /** As {@link #step()}, but of what is due it does at most so much. */
    public Instant step(int most) {
        try {
            follow();
        } catch (StoreUnavailable e) {
            LOG.info("the store does not answer: {}", e.getMessage());
            return clock.now().plus(NAP);
        }
        for (int i = 0; i < most; i++) {
            Optional<Taken> due = take();
            if (due.isEmpty()) {
                break;
            }
            perform(due.get());
        }
        return next();
    }

    private void run() {
        while (!closed) {
            try {
                follow();
                dispatch();
                Duration pause = Duration.between(clock.now(), next());
                if (!pause.isPositive()) {
                    slots.acquire(); // all workers are busy with what was due before: one of them will be free
                    slots.release();
                } else {
                    store.await(cursor(), pause.compareTo(NAP) < 0 ? pause : NAP);
                }
            } catch (StoreUnavailable e) {
                LOG.warn("the store does not answer: {}", e.getMessage());
                nap();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                // A bug in following must not end the loop of a whole cloud: it is logged, and the next look starts
                // from the store again.
                LOG.error("control failed; it goes on", e);
                nap();
            }
        }
    }

    private static void nap() {
        try {
            Thread.sleep(NAP);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Keeps the lease, and queues what changed or is due for a sweep. */
    private void follow() {
        Instant now = clock.now();
        boolean won = keepLease(now);
        Optional<Turn> turn = turn(now);
        if (turn.isEmpty()) {
            return;
        }
        if (won) {
            setCursor(store.version()); // before the sweep, so that what changes during it is seen after it
        }
        if (won || due(sweepAt(), SWEEP, now)) {
            sweep(turn.get());
        }
        readChanges();
    }

    /** True if the time has come; or if it is further away than it ever was put, as the clock was set back. */
    private static boolean due(Instant at, Duration longest, Instant now) {
        return !now.isBefore(at) || at.isAfter(now.plus(longest));
    }

    private synchronized boolean keepLease(Instant now) {
        if (lease.isPresent() && !due(renewAt, RENEW, now)) {
            return false;
        }
        long before = lease.map(Lease::epoch).orElse(-1L);
        if (lease.isPresent() && !now.isBefore(lease.get().expires())) {
            lease = Optional.empty();
        }
        lease = store.lease(LOOP, owner, LEASE);
        renewAt = now.plus(lease.isPresent() ? RENEW : NAP);
        boolean won = lease.isPresent() && lease.get().epoch() != before;
        if (won) {
            queue = new WorkQueue<>(BACKOFF); // what is known from before another led is looked at by the sweep
            LOG.info(
                    "control is led by {} in epoch {}",
                    owner,
                    lease.orElseThrow().epoch());
        }
        return won;
    }

    private synchronized Optional<Turn> turn(Instant now) {
        return lease.filter(held -> !due(held.expires(), LEASE, now)).map(held -> new Turn(now, held, this::wake));
    }

    private void sweep(Turn turn) {
        boolean whole = true;
        for (Work work : works.values()) {
            try {
                work.sweep(turn);
            } catch (EngineException e) {
                LOG.warn("the sweep of {}s is put off: {}", work.kind(), e.getMessage());
                whole = false;
            }
        }
        synchronized (this) {
            sweepAt = turn.now().plus(whole ? SWEEP : NAP);
            sweptEpoch = turn.lease().epoch();
        }
    }

    private void readChanges() {
        List<Change> changes;
        do {
            try {
                changes = store.changes(cursor(), CHANGES);
            } catch (LogTrimmed e) {
                LOG.warn("the change log went on without us: everything is looked at again");
                synchronized (this) {
                    cursor = store.version();
                    sweepAt = Instant.MIN;
                }
                return;
            }
            for (Change change : changes) {
                Work work = works.get(change.kind());
                if (work != null && !work.knows(change.id(), change.counts())) {
                    wake(new Key(change.kind(), change.id()));
                }
                setCursor(change.version());
            }
        } while (changes.size() == CHANGES);
    }

    private void wake(Key key) {
        if (works.containsKey(key.kind())) {
            synchronized (this) {
                queue.wake(key, clock.now());
            }
        }
    }

    /** Starts as many workers as there are due things and free slots. */
    private void dispatch() {
        while (!closed && slots.tryAcquire()) {
            Optional<Taken> due = take();
            if (due.isEmpty()) {
                slots.release();
                return;
            }
            threads.execute(() -> {
                try {
                    perform(due.get());
                } finally {
                    slots.release();
                }
                dispatch(); // what this one woke need not wait for the follower
            });
        }
    }

    /** A key that was taken, under which lease, and the queue that it goes back to: a new lease begins with a queue of its own. */
    private record Taken(Key key, long epoch, WorkQueue<Key> from) {}

    /** Nothing is given out before the sweep under the present lease: what works remember from before another led may be wrong. */
    private synchronized Optional<Taken> take() {
        if (lease.isEmpty() || lease.get().epoch() != sweptEpoch) {
            return Optional.empty();
        }
        long epoch = lease.get().epoch();
        return queue.take(clock.now()).map(key -> new Taken(key, epoch, queue));
    }

    private void perform(Taken taken) {
        Key key = taken.key();
        Again again;
        try {
            Work work = works.get(key.kind());
            Optional<Turn> turn = turn(clock.now()).filter(now -> now.lease().epoch() == taken.epoch());
            again = work == null || turn.isEmpty() ? new Again.Done() : work.perform(key.id(), turn.get());
        } catch (EngineException | StoreUnavailable e) {
            LOG.info("{} {}: tried again later: {}", key.kind(), key.id(), e.getMessage());
            again = new Again.Failed(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // A bug about one thing stops that thing only: it is logged and looked at again with growing pauses.
            LOG.error("a bug about {} {}", key.kind(), key.id(), e);
            again = new Again.Failed(String.valueOf(e.getMessage()));
            synchronized (this) {
                bugs++;
            }
        }
        synchronized (this) {
            taken.from().finish(key, again, clock.now());
        }
    }

    private synchronized Instant next() {
        if (lease.isEmpty()) {
            return renewAt;
        }
        Instant next = renewAt.isBefore(sweepAt) ? renewAt : sweepAt;
        return queue.nextDue().filter(next::isAfter).orElse(next);
    }

    private synchronized long cursor() {
        return cursor;
    }

    private synchronized void setCursor(long version) {
        cursor = version;
    }

    private synchronized Instant sweepAt() {
        return sweepAt;
    }

    /** Stops, waits for what is being done, and gives the lease up so that a successor need not wait for it to run out. */
    @Override
    public void close() {
        closed = true;
        threads.close();
        try {
            store.release(LOOP, owner);
        } catch (StoreUnavailable e) {
            LOG.info("the lease of control is left to run out: {}", e.getMessage());
        }
    }
}
