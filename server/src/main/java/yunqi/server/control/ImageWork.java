package yunqi.server.control;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageShelf;
import yunqi.core.image.ImageShelf.Held;
import yunqi.core.reconcile.Again;
import yunqi.server.image.ImageTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.Store;
import yunqi.server.store.StoreUnavailable;

/** Frees the room of images that have no name any more and that no instance was made from. Nothing waits for it: it goes on beside control's loop. */
public final class ImageWork implements Work, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ImageWork.class);
    private static final Duration PAUSE = Duration.ofHours(1); // between two sweeps: it walks over all files

    /** A push of many gigabytes over a slow line takes hours, and only its end gives it a name. */
    private static final Duration GRACE = Duration.ofHours(24);

    private final Store store;
    private final ImageShelf shelf;
    private final AtomicBoolean sweeping = new AtomicBoolean();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("shelf-", 0).factory());
    private volatile Instant next = Instant.MIN;

    public ImageWork(Store store, ImageShelf shelf) {
        this.store = store;
        this.shelf = shelf;
    }

    @Override
    public String kind() {
        return ImageTable.KIND;
    }

    /** An image that is declared or deleted needs nothing done at once. */
    @Override
    public Again perform(UUID id, Turn turn) {
        return new Again.Done();
    }

    @Override
    public void sweep(Turn turn) {
        // Images that the database has forgotten may still be needed by what hosts hold.
        boolean forgot = store.era().forgetful()
                && turn.now().isBefore(store.era().since().plus(GRACE));
        if (!forgot && !turn.now().isBefore(next) && sweeping.compareAndSet(false, true)) {
            next = turn.now().plus(PAUSE);
            threads.execute(this::collect);
        }
    }

    private void collect() {
        try {
            Bytes freed = shelf.collect(this::held, GRACE);
            if (freed.count() > 0) {
                LOG.info("{} freed in the registry", freed);
            }
        } catch (EngineException | StoreUnavailable e) {
            LOG.info("room in the registry is freed later: {}", e.getMessage());
        } finally {
            sweeping.set(false);
        }
    }

    private Set<Held> held() {
        Set<Held> held = new HashSet<>();
        Rows.each(store, ImageTable.KIND, row -> add(ImageTable.read(row).plan(), held));
        Rows.each(
                store,
                InstanceTable.KIND,
                row -> InstanceTable.read(row).decided().image().ifPresent(chosen -> add(chosen.plan(), held)));
        return held;
    }

    private static void add(ImagePlan plan, Set<Held> held) {
        held.add(new Held(plan.repository(), plan.digest()));
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
