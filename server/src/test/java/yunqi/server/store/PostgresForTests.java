package yunqi.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Ports;

/** One PostgreSQL for all tests of this run, ended with it; what a killed run left behind is ended first. Each test takes a database of its own. */
final class PostgresForTests {
    private static final Path ROOT = Path.of("/tmp/yq-store-pg-" + System.getProperty("user.name"));
    private static final Duration GRACE = Duration.ofSeconds(20);

    private PostgresForTests() {}

    private static final class Running {
        private static final PostgresProcess PROCESS = start();

        private static PostgresProcess start() {
            try {
                PostgresProcess process = fresh(ROOT, Ports.free());
                process.start();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(process)));
                return process;
            } catch (EngineException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Nothing in this folder, and no process of an earlier run; the unpacked programs stay. */
    static PostgresProcess fresh(Path root, int port) throws EngineException {
        try {
            PostgresProcess process = new PostgresProcess(root, port);
            if (Files.exists(root)) {
                process.stop(GRACE);
                PostgresProcess.remove(root.resolve("server/pg/data"));
                PostgresProcess.remove(root.resolve("server/pg/password"));
                PostgresProcess.remove(root.resolve("log"));
            }
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its data are thrown away, so it is not given the time to bring them all to the disk. */
    static void stop(PostgresProcess process) {
        try {
            process.pid().flatMap(ProcessHandle::of).ifPresent(ProcessHandle::destroyForcibly);
            process.stop(GRACE);
        } catch (EngineException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A new, empty database. */
    static PostgresSettings database() throws EngineException, SQLException {
        return database(Running.PROCESS.settings());
    }

    static PostgresSettings database(PostgresSettings server) throws SQLException {
        String name = "t" + UUID.randomUUID().toString().replace("-", "");
        try (Connection connection = connect(server);
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name);
        }
        return PostgresSettings.of(
                server.url().substring(0, server.url().lastIndexOf('/') + 1) + name, server.user(), server.password());
    }

    static Connection connect(PostgresSettings settings) throws SQLException {
        return DriverManager.getConnection(settings.url(), settings.user(), settings.password());
    }
}
