package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static yunqi.server.store.Things.created;
import static yunqi.server.store.Things.row;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Ports;
import yunqi.server.Eventually;

/** The PostgreSQL that comes along: started twice, stopped, killed in the middle of writes. */
final class PostgresProcessIT {
    private static final Path ROOT = Path.of("/tmp/yq-store-process-" + System.getProperty("user.name"));
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private final int port = Ports.free();
    private PostgresProcess process = new PostgresProcess(ROOT, port);

    @BeforeEach
    void fresh() throws EngineException {
        process = PostgresForTests.fresh(ROOT, port);
    }

    @AfterEach
    void stop() {
        PostgresForTests.stop(process);
    }

    @Test
    void dataOutliveStoppingAndStartingTwiceIsHarmless() throws Exception {
        PostgresSettings settings = process.start();
        long pid = process.pid().orElseThrow();
        try (PostgresStore store = PostgresStore.open(settings, Instant::now)) {
            created(store, row("a"));
        }
        assertThat(new PostgresProcess(ROOT, port).start()).isEqualTo(settings);
        assertThat(process.pid()).contains(pid);
        process.stop(PATIENCE);
        assertThat(process.running()).isFalse();
        process.stop(PATIENCE);
        assertThatThrownBy(() -> PostgresStore.open(impatient(settings), Instant::now))
                .isInstanceOf(StoreUnavailable.class);
        try (PostgresStore store = PostgresStore.open(process.start(), Instant::now)) {
            assertThat(store.count("instance", Optional.empty())).isEqualTo(1);
            assertThat(store.version()).isEqualTo(1);
        }
    }

    @Test
    void twoWhoStartItAtOnceGetTheSameOne() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<PostgresSettings>> starts = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                starts.add(threads.submit(() -> new PostgresProcess(ROOT, port).start()));
            }
            for (Future<PostgresSettings> start : starts) {
                assertThat(start.get()).isEqualTo(process.settings());
            }
        }
        assertThat(process.running()).isTrue();
    }

    @Test
    void onlyWhoKnowsThePasswordGetsIn() throws Exception {
        PostgresSettings settings = process.start();
        Path password = ROOT.resolve("server/pg/password");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(password)))
                .isEqualTo("rw-------");
        assertThat(settings.toString()).doesNotContain(settings.password());
        assertThat(settings.password()).hasSize(48);
        PostgresSettings wrong = PostgresSettings.of(settings.url(), settings.user(), "wrong");
        assertThatThrownBy(() -> PostgresForTests.connect(wrong)).isInstanceOf(SQLException.class);
        String owner = Files.getOwner(ROOT.resolve("server/pg/data")).getName();
        assertThat(owner).isNotEqualTo("root");
        assertThat(ProcessHandle.of(process.pid().orElseThrow())
                        .orElseThrow()
                        .info()
                        .user())
                .contains(owner);
    }

    @Test
    void whatWasPromisedSurvivesKillingItInTheMiddleOfWrites() throws Exception {
        PostgresSettings settings = process.start();
        Map<String, Boolean> promised = new LinkedHashMap<>();
        try (PostgresStore store = PostgresStore.open(impatient(settings), Instant::now);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            store.write(List.of(new Write.Limit("pool", new Amounts(0, 0, 0, 1_000_000, 0))));
            AtomicBoolean done = new AtomicBoolean();
            Future<List<String>> reader = threads.submit(() -> names(store, done));
            List<Future<Map<String, Boolean>>> writers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                String prefix = "w" + i + "-";
                writers.add(threads.submit(() -> writes(store, prefix, done)));
            }
            for (int kill = 0; kill < 3; kill++) {
                long before = store.version();
                waitUntil("writes go on", () -> store.version() > before + 50);
                ProcessHandle.of(process.pid().orElseThrow()).orElseThrow().destroyForcibly();
                waitUntil("it is dead", () -> !process.running());
                process.start();
                waitUntil("it answers again", () -> answers(store));
            }
            long before = store.version();
            waitUntil("writes go on", () -> store.version() > before + 50);
            done.set(true);
            for (Future<Map<String, Boolean>> writer : writers) {
                promised.putAll(writer.get());
            }
            List<String> logged = reader.get();
            List<String> kept = new ArrayList<>();
            Optional<Query> next = Optional.of(Query.all("instance"));
            while (next.isPresent()) {
                Query query = next.get();
                Page page = store.list(query);
                page.rows().forEach(row -> kept.add(row.meta().name().value()));
                next = page.next().map(query::after);
            }
            assertThat(kept).containsAll(promised.keySet());
            assertThat(promised).containsValue(false).containsValue(true);
            assertThat(logged).as("each once, none missing").containsExactlyInAnyOrderElementsOf(kept);
            assertThat(store.charged("pool").instances()).isEqualTo(kept.size());
        }
    }

    /** Creates rows until told to stop; those that were promised, and whether it was after a failure. */
    private static Map<String, Boolean> writes(Store store, String prefix, AtomicBoolean done) {
        Map<String, Boolean> promised = new LinkedHashMap<>();
        boolean failed = false;
        for (int i = 0; !done.get(); i++) {
            Row row = row(prefix + i);
            try {
                Things.done(store.write(List.of(
                        new Write.Create(row), new Write.Charge("pool", row.id(), new Amounts(0, 0, 0, 1, 0)))));
                promised.put(prefix + i, failed);
            } catch (StoreUnavailable e) {
                failed = true;
            }
        }
        return promised;
    }

    private static List<String> names(Store store, AtomicBoolean done) throws InterruptedException {
        List<String> names = new ArrayList<>();
        long position = 0;
        while (true) {
            boolean last = done.get();
            store.await(position, Duration.ofSeconds(2));
            List<Change> page = store.changes(position, 100);
            page.forEach(change -> names.add(change.name().value()));
            if (page.isEmpty() && last) {
                return names;
            }
            position = page.isEmpty() ? position : page.getLast().version();
        }
    }

    private static boolean answers(Store store) {
        try {
            return store.count("instance", Optional.empty()) >= 0;
        } catch (StoreUnavailable e) {
            return false;
        }
    }

    private static PostgresSettings impatient(PostgresSettings settings) {
        return new PostgresSettings(
                settings.url(), settings.user(), settings.password(), 8, Duration.ofSeconds(5), Duration.ofSeconds(1));
    }

    private static void waitUntil(String what, java.util.function.BooleanSupplier condition) throws Exception {
        Eventually.within(PATIENCE, what, condition::getAsBoolean, Boolean::booleanValue);
    }
}
