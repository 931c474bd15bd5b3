package yunqi.server.trouble;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Ports;
import yunqi.server.ApiForTests;
import yunqi.server.ApiForTests.Answer;
import yunqi.server.Eventually;
import yunqi.server.store.PostgresProcess;
import yunqi.server.store.PostgresSettings;
import yunqi.server.store.PostgresStore;

/**
 * The database restarted, gone for a while, and out of room, while many write through the API: what was acknowledged is there, what was refused said so clearly and is there
 * wholly or not at all, and all goes on by itself when the database does.
 */
final class DatabaseTroubleIT {
    private static final Path ROOT = Path.of("/tmp/yq-trouble-" + System.getProperty("user.name"));
    private static final Path FOLDER = ROOT.resolve("server/pg");
    private static final Duration QUICK = Duration.ofSeconds(20);
    private static final Duration PATIENCE = Duration.ofSeconds(90); // longer than the database is ever away
    /** {@code -Dyunqi.away=60}: a minute. The server finds out within seconds, so that a shorter time shows the same. */
    private static final Duration AWAY = Duration.ofSeconds(Long.getLong("yunqi.away", 15));

    private static final int WRITERS = 6;
    private static final String FLAVOR = "{\"spec\":{\"vcpus\":1,\"memory\":\"128MiB\",\"disk\":\"1GiB\"}}";

    private final PostgresProcess process = new PostgresProcess(ROOT, Ports.free());

    @BeforeEach
    void fresh() throws Exception {
        clear();
        Files.createDirectories(FOLDER);
    }

    @AfterEach
    void clear() throws Exception {
        if (Files.exists(ROOT)) {
            process.pid().flatMap(ProcessHandle::of).ifPresent(ProcessHandle::destroyForcibly);
            process.stop(QUICK);
            while (Files.readString(Path.of("/proc/mounts")).contains(" " + FOLDER + " ")) {
                Command.must(QUICK, List.of("umount", "--lazy", FOLDER.toString()));
            }
            Command.must(QUICK, List.of("rm", "-rf", ROOT.toString()));
        }
    }

    @Test
    void whileTheDatabaseIsGoneCallsFailClearlyAndAfterwardsAllGoesOn() throws Exception {
        PostgresSettings settings = process.start();
        try (Load load = new Load(settings)) {
            load.until("writes are answered", () -> load.done.size() > 50);
            process.stop(QUICK); // restarted in order
            process.start();
            load.goesOn();
            process.pid().flatMap(ProcessHandle::of).ifPresent(ProcessHandle::destroyForcibly);
            Instant gone = Instant.now();
            load.until(
                    "it was gone for " + AWAY + ", and some are refused",
                    () -> Instant.now().isAfter(gone.plus(AWAY)) && !load.refused.isEmpty());
            process.start();
            load.goesOn();
            load.settle();
        }
    }

    @Test
    void aFullDiskRefusesAndRoomHeals() throws Exception {
        assertThat(System.getProperty("user.name"))
                .as("who runs this: only root can mount a small disk, so run ./dev as root")
                .isEqualTo("root");
        Command.must(QUICK, List.of("mount", "-t", "tmpfs", "-o", "size=256m,mode=755", "none", FOLDER.toString()));
        PostgresSettings settings = process.start();
        try (Load load = new Load(settings)) {
            load.until("writes are answered", () -> load.done.size() > 50);
            Path ballast = FOLDER.resolve("ballast");
            fill(ballast);
            load.until("some are refused", () -> {
                nextLogFile(settings);
                return load.refused.size() > WRITERS;
            });
            Files.delete(ballast);
            process.start(); // whoever looks after it does that when it has ended; harmless if it has not
            load.goesOn();
            load.settle();
        }
    }

    /** All that is free, so that the database's log cannot grow. */
    private static void fill(Path ballast) throws IOException {
        byte[] piece = new byte[1 << 20];
        try (var out = Files.newOutputStream(ballast)) {
            while (true) {
                out.write(piece);
            }
        } catch (IOException full) {
            assertThat(ballast).as(full.toString()).isNotEmptyFile();
        }
    }

    /** The log goes on in a new file, for which there is no room: else it takes 16 MB until then. */
    private static void nextLogFile(PostgresSettings settings) {
        try (var connection = DriverManager.getConnection(settings.url(), settings.user(), settings.password());
                var statement = connection.createStatement()) {
            statement.execute("select pg_switch_wal()");
        } catch (java.sql.SQLException e) {
            assertThat(e.getMessage()).as("it has no room any more, or is away").isNotEmpty();
        }
    }

    private interface Look {
        boolean now() throws Exception;
    }

    /** An API with this database, and some who write to it all the time. */
    private static final class Load implements AutoCloseable {
        private final PostgresStore store;
        private final ApiForTests api;
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicInteger numbers = new AtomicInteger();
        private final Map<String, Integer> done = new ConcurrentHashMap<>();
        private final Map<String, String> refused = new ConcurrentHashMap<>();
        private final List<Future<?>> writers = new ArrayList<>();
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

        Load(PostgresSettings settings) throws Exception {
            store = PostgresStore.open(settings, Instant::now);
            api = new ApiForTests(store, Instant::now, URI.create("http://127.0.0.1:1"), store.audit());
            for (int i = 0; i < WRITERS; i++) {
                writers.add(threads.submit(() -> {
                    while (!over.get()) {
                        write("f-" + numbers.incrementAndGet());
                    }
                    return over;
                }));
            }
        }

        private void write(String name) throws Exception {
            Answer answer = api.put("/v1/flavors/" + name, FLAVOR);
            if (answer.status() < 300) {
                done.put(name, answer.status());
                return;
            }
            assertThat(answer.status()).as(answer.text()).isEqualTo(503);
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(answer.at("/code")).isEqualTo("store-unavailable");
            assertThat(answer.header("Retry-After")).matches("[0-9]+");
            refused.put(name, answer.at("/detail"));
            Thread.sleep(100); // it was told to come back later
        }

        void until(String what, Look look) throws Exception {
            Eventually.within(
                    PATIENCE,
                    what,
                    () -> {
                        stopped();
                        return look.now();
                    },
                    Boolean::booleanValue);
        }

        /** A writer who stops has met something that should not be. */
        private void stopped() throws Exception {
            for (Future<?> writer : writers) {
                if (writer.isDone() && !over.get()) {
                    writer.get();
                }
            }
        }

        void goesOn() throws Exception {
            int before = done.size();
            until("writes are answered again", () -> done.size() > before + 20);
        }

        /** What was acknowledged is there; what was refused is there wholly or not at all, and can be asked for again. */
        void settle() throws Exception {
            over.set(true);
            for (Future<?> writer : writers) {
                writer.get();
            }
            for (String name : done.keySet()) {
                whole(name);
            }
            for (String name : refused.keySet()) {
                Answer answer = api.get("/v1/flavors/" + name);
                if (answer.status() != 404) {
                    whole(name);
                }
                assertThat(api.put("/v1/flavors/" + name, FLAVOR).status()).isIn(200, 201);
                whole(name);
            }
            Answer verdict = api.get("/v1/audit/verify");
            assertThat(verdict.status()).as(verdict.text()).isEqualTo(200);
            assertThat(verdict.at("/broken")).as(verdict.text()).isIn("", "false", "null");
        }

        private void whole(String name) throws Exception {
            Answer answer = api.get("/v1/flavors/" + name);
            assertThat(answer.status()).as(name).isEqualTo(200);
            assertThat(answer.at("/spec/memory")).as(name).isEqualTo("128MiB");
            assertThat(answer.at("/generation")).as(name).isEqualTo("1");
        }

        @Override
        public void close() throws IOException {
            over.set(true);
            threads.close();
            api.close();
        }
    }
}
