package yunqi.server.audit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.audit.AuditEntry;
import yunqi.core.audit.Outcome;
import yunqi.core.audit.What;
import yunqi.core.audit.Who;
import yunqi.core.base.Clock;
import yunqi.server.store.Audit;
import yunqi.server.store.Audit.Announced;
import yunqi.server.store.StoreUnavailable;

/**
 * Writes down every request that the audit wants. An entry is announced while the request is worked on, with many others in one transaction, and no request is answered before
 * its announcement is kept; so an entry outlives whoever is killed, at the price of no wait of its own. How it ended is appended to the chain some milliseconds after
 * the answer; of what a killed server had announced and not appended, the entry says that its end is unknown. Safe for use by many threads.
 */
public final class AuditTrail implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditTrail.class);

    /** What may wait to be written; past that, nothing that would leave an entry is begun. About 10 MB. */
    static final int WAITING_LIMIT = 10_000;

    /** An answer waits at most so long for its announcement: some milliseconds, or for a database that is away to be given up, twice. */
    private static final Duration PATIENCE = Duration.ofSeconds(45);

    private static final int BATCH = 500; // where the cost for each has levelled off
    private static final Duration PACE = Duration.ofMillis(20); // lets entries gather: appending holds up nobody
    private static final Duration AGAIN = Duration.ofMillis(200); // between tries while the database is away
    private static final Duration LOOK =
            Duration.ofMinutes(1); // for floods that are over, and for what was left behind
    private static final Duration GRACE = Duration.ofSeconds(5); // for the last entries when the server ends

    private record Announcing(Announced one, CompletableFuture<Void> done) {}

    /** What is to be appended, once it is known what became of its announcement. */
    private record Appending(Announced one, CompletableFuture<Void> announced) {}

    private static final String FULL = "too much waits to be written into the audit";
    private static final Announced NONE =
            new Announced(new UUID(0, 0), AuditEntry.of(Instant.EPOCH, Who.site(), Upkeep.MANY, Outcome.UNKNOWN, ""));

    private final Audit audit;
    private final Clock clock;
    private final String by;
    private final Flood flood = new Flood();
    private final AtomicLong lost = new AtomicLong();
    private final Upkeep upkeep;
    private final BlockingQueue<Announcing> announcing = new ArrayBlockingQueue<>(WAITING_LIMIT);
    private final BlockingQueue<Appending> appending = new ArrayBlockingQueue<>(WAITING_LIMIT);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;

    private AuditTrail(Audit audit, Clock clock, String by, long limit) {
        this.audit = audit;
        this.clock = clock;
        this.by = by;
        this.upkeep = new Upkeep(audit, clock, by, limit);
    }

    /** Begins in the name of this server, which is no other's at the same time: what was left in this name is appended first. */
    public static AuditTrail open(Audit audit, Clock clock, String by) {
        return open(audit, clock, by, Upkeep.KEPT);
    }

    static AuditTrail open(Audit audit, Clock clock, String by, long limit) {
        AuditTrail trail = new AuditTrail(audit, clock, by, limit);
        while (trail.upkeep.takeUp(by)) {
            // There may be more of it.
        }
        LOG.info("the audit goes on after {}", audit.ends().head());
        trail.threads.add(Thread.ofVirtual().name("audit-announce").start(trail::announceAll));
        trail.threads.add(Thread.ofVirtual().name("audit-append").start(trail::appendAll));
        return trail;
    }

    /** A request: what the answer calls it, where it comes from, what it asks for, and whether it leaves an entry even if it is done. */
    public record Request(String id, String from, Supplier<What> what, boolean recorded) {}

    /** All that is kept, for showing it. */
    public Audit kept() {
        return audit;
    }

    public Deed deed(Request request) {
        return new Deed(request, clock.now());
    }

    /** One request on its way. Used by the thread that works on it. */
    public final class Deed {
        private static final int UNAUTHORIZED = 401;
        private static final int FORBIDDEN = 403;

        private final Request request;
        private final Instant at;
        private final UUID id = UUID.randomUUID();
        private Who who;
        private Optional<String> about = Optional.empty();
        private Optional<CompletableFuture<Void>> announced = Optional.empty();
        private final List<CompletableFuture<Void>> parts = new ArrayList<>();
        private boolean ended;

        private Deed(Request request, Instant at) {
            this.request = request;
            this.at = at;
            this.who = Who.anonymous(request.from);
        }

        /** It is known now who asks; he may yet be refused. */
        public void asks(Who known) {
            who = known;
        }

        /** What it is about, where the path doesn't say. */
        public void about(String name) {
            about = Optional.of(name);
        }

        /** One of the many things that the request is about has ended so: an entry of its own, which is kept with that of the request. */
        public void did(String name, Outcome outcome) {
            AuditEntry entry = AuditEntry.of(at, who, request.what.get().about(name), outcome, request.id);
            Announced one = new Announced(UUID.randomUUID(), entry);
            CompletableFuture<Void> done = new CompletableFuture<>();
            parts.add(done);
            try {
                if (closed
                        || !announcing.offer(new Announcing(one, done), PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                    done.completeExceptionally(new StoreUnavailable(FULL));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                done.completeExceptionally(new StoreUnavailable("the server is being stopped"));
            }
            append(new Appending(one, done));
        }

        /** Begins. Throws {@link StoreUnavailable} if it must not, as too much waits to be written down already. What is asked without a token is announced at its end. */
        public void begins() {
            if (request.recorded && who.proven()) {
                CompletableFuture<Void> mine = new CompletableFuture<>();
                announced = Optional.of(mine);
                if (!announce(entry(Outcome.UNKNOWN), mine)) {
                    throw new StoreUnavailable(FULL);
                }
            }
        }

        /** Comes back when an entry is sure, whatever happens now. */
        public void sure() throws InterruptedException {
            if (announced.isPresent()) {
                await(announced.get());
            }
        }

        /**
         * It has ended so, and may be answered once this comes back. Only the first end counts. Throws {@link StoreUnavailable} if it cannot be written down, which is
         * the answer then.
         */
        public void ends(Outcome outcome) throws InterruptedException {
            if (ended) {
                return;
            }
            ended = true;
            boolean denied = outcome.status() == UNAUTHORIZED || outcome.status() == FORBIDDEN;
            if (!request.recorded && !denied) {
                return;
            }
            boolean accepted = outcome.result() == Outcome.Result.ACCEPTED;
            if (!who.proven() && !(accepted && about.isPresent()) && !flood.passes(at)) {
                return; // counted
            }
            AuditEntry entry = entry(outcome);
            CompletableFuture<Void> mine = announced.orElseGet(CompletableFuture::new);
            if (announced.isEmpty()) {
                announce(entry, mine);
            }
            append(new Appending(new Announced(id, entry), mine));
            for (CompletableFuture<Void> part : parts) {
                await(part);
            }
            await(mine);
        }

        private AuditEntry entry(Outcome outcome) {
            What what = request.what.get();
            return AuditEntry.of(at, who, about.map(what::about).orElse(what), outcome, request.id);
        }

        /** False if it cannot even wait for its turn. */
        private boolean announce(AuditEntry entry, CompletableFuture<Void> done) {
            boolean waits = !closed && announcing.offer(new Announcing(new Announced(id, entry), done));
            if (!waits) {
                done.completeExceptionally(new StoreUnavailable(FULL));
            }
            return waits;
        }
    }

    private static void await(CompletableFuture<Void> announced) throws InterruptedException {
        try {
            announced.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new StoreUnavailable("the audit cannot be written: " + e.getMessage(), e);
        } catch (TimeoutException e) {
            throw new StoreUnavailable("the audit was not written within " + PATIENCE.toSeconds() + " s", e);
        }
    }

    private void append(Appending one) {
        if (!appending.offer(one) && one.announced.isCompletedExceptionally()) {
            lost.incrementAndGet(); // what is announced is found again; the others are at least counted
        }
    }

    private void announceAll() {
        try {
            while (true) {
                List<Announcing> batch = new ArrayList<>(List.of(announcing.take()));
                announcing.drainTo(batch, BATCH - 1);
                boolean last = batch.removeIf(one -> one.one.equals(NONE));
                announce(batch);
                if (last) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void announce(List<Announcing> batch) {
        try {
            if (!batch.isEmpty()) {
                audit.announce(by, batch.stream().map(Announcing::one).toList());
            }
            batch.forEach(one -> one.done.complete(null));
        } catch (StoreUnavailable e) {
            batch.forEach(one -> one.done.completeExceptionally(e));
        } catch (RuntimeException e) {
            LOG.error("entries of the audit cannot be announced", e);
            batch.forEach(one -> one.done.completeExceptionally(e));
        }
    }

    private void appendAll() {
        Instant looked = clock.now();
        boolean last = false;
        try {
            while (!last) {
                List<Appending> batch = new ArrayList<>();
                Appending first = appending.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                if (first != null) {
                    Thread.sleep(closed ? Duration.ZERO : PACE);
                    batch.add(first);
                    appending.drainTo(batch, BATCH - 1);
                }
                last = batch.removeIf(one -> one.one.equals(NONE));
                write(batch);
                if (last || !clock.now().isBefore(looked.plus(LOOK))) {
                    looked = clock.now();
                    upkeep.look(flood, lost, last);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until it is done: what is in the batch is in memory alone, or announced and without its end. */
    private void write(List<Appending> batch) throws InterruptedException {
        List<Announced> all = batch.stream().map(Appending::one).toList();
        List<Announced> late = new ArrayList<>();
        for (Appending one : batch) {
            if (!settled(one.announced)) {
                late.add(one.one);
            }
        }
        boolean away = false;
        while (!all.isEmpty()) {
            try {
                if (!late.isEmpty()) {
                    audit.announce(by, late);
                    late.clear();
                }
                audit.append(all);
                return;
            } catch (StoreUnavailable e) {
                if (!away) {
                    LOG.warn("the audit waits for its database: {}", e.getMessage());
                }
                away = true;
                Thread.sleep(AGAIN);
            } catch (RuntimeException e) {
                if (batch.size() > 1) {
                    for (Appending one : batch) {
                        write(List.of(one)); // one that cannot be kept must not take the others with it
                    }
                    return;
                }
                upkeep.lost(all.getFirst(), late.isEmpty(), e);
                return;
            }
        }
    }

    /** Waits until nobody announces it any more; true if it is announced. */
    private static boolean settled(CompletableFuture<Void> announced) throws InterruptedException {
        try {
            await(announced);
            return true;
        } catch (StoreUnavailable e) {
            return false;
        }
    }

    /** Writes what waits, for some seconds at most. The store has to be open yet. */
    @Override
    public void close() {
        closed = true;
        try {
            long grace = GRACE.toMillis();
            announcing.offer(new Announcing(NONE, new CompletableFuture<>()), grace, TimeUnit.MILLISECONDS);
            appending.offer(new Appending(NONE, CompletableFuture.completedFuture(null)), grace, TimeUnit.MILLISECONDS);
            for (Thread thread : threads) {
                if (!thread.join(GRACE)) {
                    thread.interrupt();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
