package yunqi.server.control;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.image.ImageIntake;
import yunqi.core.image.ImageSpec;
import yunqi.core.image.Import;
import yunqi.core.image.ImportDecided;
import yunqi.core.image.Imports;
import yunqi.core.reconcile.Again;
import yunqi.core.wire.Wire;
import yunqi.server.image.ImageTable;
import yunqi.server.image.ImportTable;
import yunqi.server.project.ProjectTable;
import yunqi.server.project.Things;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/**
 * Brings imports to their end: fetches, has the file made into an image, declares that. Fetching takes minutes, so it has threads of its own, and this looks
 * at them; after a restart it begins again where the file ends.
 */
public final class ImportWork implements Work, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ImportWork.class);
    private static final int AT_ONCE = 3; // each wants the whole line, then a whole core
    private static final Duration QUEUED = Duration.ofSeconds(1);

    private final Store store;
    private final ImageIntake intake;
    private final Map<UUID, Task> tasks = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("import-", 0).factory());

    /** What a thread does about one import, and how far it is. */
    private static final class Task {
        private volatile Imports.Work work = new Imports.Work.Busy(false);
        private volatile Optional<Future<?>> thread = Optional.empty();
    }

    /** What has come of an import, and where it belongs. */
    private record Made(Row project, ImageSpec image, ImportDecided decided) {}

    public ImportWork(Store store, ImageIntake intake) {
        this.store = store;
        this.intake = intake;
    }

    @Override
    public String kind() {
        return ImportTable.KIND;
    }

    /** Every import that is wanted, and every file that nobody wants any more. */
    @Override
    public void sweep(Turn turn) throws EngineException {
        List<UUID> all = new ArrayList<>(intake.list());
        Rows.each(store, ImportTable.KIND, row -> all.add(row.id()));
        all.stream().distinct().forEach(id -> turn.wake().accept(new Key(ImportTable.KIND, id)));
    }

    @Override
    public Again perform(UUID id, Turn turn) throws EngineException {
        Optional<Row> row = store.get(id);
        if (row.isEmpty()) {
            return gone(id);
        }
        Import it = ImportTable.read(row.get());
        Optional<Row> project = project(it);
        if (project.isEmpty()) {
            return remove(row.get(), turn);
        }
        Task task = tasks.get(id);
        Imports.Work work = task == null ? new Imports.Work.None() : task.work;
        return switch (Imports.next(it, intake.received(id), work, turn.now())) {
            case Imports.Step.Wait(Duration pause) -> new Again.After(pause);
            case Imports.Step.Begin _ -> begin(it);
            case Imports.Step.Note(ImportDecided decided) -> {
                boolean kept = write(List.of(turn.guard(), decide(row.get(), decided)));
                if (kept && !(work instanceof Imports.Work.Busy)) {
                    tasks.remove(id);
                }
                if (kept && decided.over()) {
                    intake.forget(id); // the same bytes would be refused again
                }
                yield new Again.After(Duration.ZERO);
            }
            case Imports.Step.Declare(ImageSpec image, ImportDecided decided) ->
                declare(row.get(), new Made(project.get(), image, decided), turn);
            case Imports.Step.Remove _ -> remove(row.get(), turn);
        };
    }

    /** Its project, unless that is gone; one of the same name that was made later is another. */
    private Optional<Row> project(Import it) {
        return store.find(
                        ProjectTable.KIND, Optional.empty(), it.meta().project().orElseThrow())
                .filter(row -> !row.meta().created().isAfter(it.meta().created()));
    }

    private Again remove(Row row, Turn turn) {
        write(List.of(
                turn.guard(),
                new Write.MarkDeleted(row.id(), row.meta().generation(), turn.now()),
                new Write.Remove(row.id(), row.meta().decision())));
        return new Again.After(Duration.ZERO);
    }

    private Again gone(UUID id) throws EngineException {
        Task task = tasks.get(id);
        if (task != null && task.work instanceof Imports.Work.Busy) {
            task.thread.ifPresent(thread -> thread.cancel(true));
            return new Again.After(QUEUED); // it may write to the file until it has ended
        }
        tasks.remove(id);
        intake.forget(id);
        return new Again.Done();
    }

    private Again begin(Import it) {
        long busy = tasks.values().stream()
                .filter(task -> task.work instanceof Imports.Work.Busy)
                .count();
        if (busy >= AT_ONCE) {
            return new Again.After(QUEUED);
        }
        Task task = new Task();
        tasks.put(it.meta().id(), task);
        task.thread = Optional.of(threads.submit(() -> bring(it, task)));
        return new Again.After(Duration.ofMillis(100));
    }

    private void bring(Import it, Task task) {
        UUID id = it.meta().id();
        try {
            if (it.spec().url().isPresent()) {
                intake.fetch(id, it.spec());
            }
            task.work = new Imports.Work.Busy(true);
            String repository =
                    it.meta().project().orElseThrow() + "/" + it.meta().name();
            task.work = new Imports.Work.Made(intake.finish(id, it.spec(), repository));
        } catch (EngineException e) {
            task.work = new Imports.Work.Broken(e.kind(), String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("a bug about import {}", id, e);
            task.work =
                    new Imports.Work.Broken(EngineException.Kind.REFUSED, "a fault of the server; its log says more");
        }
    }

    /** The image and the end of its import are one transaction: nobody sees the one without the other. */
    private Again declare(Row row, Made made, Turn turn) throws EngineException {
        Name project = row.meta().project().orElseThrow();
        Name name = row.meta().name();
        List<Write> writes = new ArrayList<>(List.of(turn.guard(), decide(row, made.decided())));
        Optional<Row> present = store.find(ImageTable.KIND, Optional.of(project), name);
        if (present.isPresent()) {
            writes.add(new Write.Declare(
                    present.get().id(),
                    present.get().meta().generation(),
                    present.get().meta().labels(),
                    Wire.write(made.image())));
        } else {
            Meta meta = new Meta(
                    UUID.randomUUID(),
                    Optional.of(project),
                    name,
                    Labels.NONE,
                    1,
                    0,
                    0,
                    0,
                    turn.now(),
                    Optional.empty());
            writes.add(new Write.Create(
                    new Row(ImageTable.KIND, meta, Wire.write(made.image()), Row.EMPTY, Row.EMPTY, Optional.empty())));
            writes.add(Things.charge(made.project(), meta.id()));
        }
        if (write(writes)) {
            tasks.remove(row.id());
            intake.forget(row.id());
        }
        return new Again.After(Duration.ZERO);
    }

    private static Write decide(Row row, ImportDecided decided) {
        return new Write.Decide(
                row.id(), row.meta().generation(), row.meta().decision(), Wire.write(decided), Optional.empty());
    }

    /** Refused means that somebody wrote meanwhile: it is looked at again. */
    private boolean write(List<Write> writes) {
        Written written = store.write(writes);
        if (written instanceof Written.Refused refused) {
            LOG.info("an import is looked at again: {} {}", refused.reason(), refused.detail());
            return false;
        }
        return true;
    }

    /** What is being fetched is gone on with by whoever leads next. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
