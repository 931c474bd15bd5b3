package yunqi.server.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Daemons;

/**
 * The PostgreSQL that comes along: unpacked from the class path, with its data below the state root, listening on a loopback port, behind a
 * password that is made at its first start. It outlives us; every method may be repeated.
 *
 * <p>PostgreSQL refuses to run as root. Where we are root it runs as {@code yunqi}, or as {@code nobody} where there is no such user.
 */
public final class PostgresProcess {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresProcess.class);
    private static final String ADDRESS = "127.0.0.1";
    private static final String NAME = "yunqi"; // of the database and its owner
    private static final Duration QUICK = Duration.ofSeconds(10); // for small programs such as id
    private static final Duration INIT = Duration.ofMinutes(2); // takes 2 s; a slow disk may need its time
    private static final Duration RECOVERY = Duration.ofMinutes(2); // it answers only when its log is replayed
    private static final Duration PAUSE = Duration.ofMillis(50); // between looks whether it answers
    private static final Duration LEFTOVERS =
            Duration.ofSeconds(20); // processes of a killed one let go of its memory within 5 s
    private static final int PASSWORD_BYTES = 24;

    private final Path root;
    private final int port;
    private final PostgresBinaries binaries;

    /** Below this state root, on this port of the loopback address. */
    public PostgresProcess(Path root, int port) {
        this.root = root.toAbsolutePath();
        this.port = port;
        this.binaries = new PostgresBinaries(home());
    }

    /** The daemon as a value, run by this user if one is given. */
    public static Daemon daemon(Path root, Path programs, int port, Optional<String> user) {
        List<String> command = new ArrayList<>(List.of(
                programs.resolve("postgres").toString(),
                "-D",
                root.resolve("server/pg/data").toString()));
        settings(port).forEach((key, value) -> command.addAll(List.of("-c", key + "=" + value)));
        return new Daemon(
                "postgres",
                command,
                Map.of("LC_ALL", "C", "TZ", "UTC"),
                root.resolve("run/postgres.pid"),
                root.resolve("log/postgres.log"),
                user,
                new Daemon.Ready.Port(ADDRESS, port),
                Duration.ofSeconds(60));
    }

    /** For a small machine, and nothing that could lose what was committed. */
    private static Map<String, String> settings(int port) {
        Map<String, String> settings = new java.util.TreeMap<>();
        settings.put("listen_addresses", ADDRESS);
        settings.put("port", Integer.toString(port));
        settings.put("unix_socket_directories", ""); // the port is enough, and no file has to lie anywhere
        settings.put("max_connections", "60"); // each server takes 13
        settings.put("shared_buffers", "128MB");
        settings.put("effective_cache_size", "512MB");
        settings.put("max_wal_size", "1GB");
        settings.put("wal_level", "replica");
        settings.put("fsync", "on");
        settings.put("full_page_writes", "on");
        settings.put("synchronous_commit", "on");
        settings.put("jit", "off"); // our statements are short
        settings.put("logging_collector", "off"); // standard error is the log
        settings.put("log_line_prefix", "%m [%p] ");
        settings.put("log_min_messages", "warning");
        settings.put("timezone", "UTC");
        return settings;
    }

    /** Makes what is missing, starts it unless it runs, and waits until it answers. Gives back how to reach it. */
    public PostgresSettings start() throws EngineException {
        try {
            Files.createDirectories(home());
            Optional<String> user = user();
            try (FileChannel channel = FileChannel.open(
                            home().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = lock(channel)) {
                prepare(user, binaries.unpack());
            }
            startDaemon(daemon(root, binaries.programs(), port, user));
            PostgresSettings settings = settings();
            answer(settings);
            return settings;
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "PostgreSQL cannot be set up in " + home() + ": " + e, e);
        }
    }

    /** True if it runs; whether it answers is another matter. */
    public boolean running() {
        return Daemons.running(daemon(root, binaries.programs(), port, Optional.empty()));
    }

    /** The process id of its first process, if it runs. */
    public Optional<Long> pid() {
        return Daemons.pid(daemon(root, binaries.programs(), port, Optional.empty()));
    }

    /** How to reach it. */
    public PostgresSettings settings() throws EngineException {
        try {
            String password = Files.readString(passwordFile()).strip();
            return PostgresSettings.of("jdbc:postgresql://" + ADDRESS + ":" + port + "/" + NAME, NAME, password);
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "the password of PostgreSQL cannot be read: " + e, e);
        }
    }

    /** Ends it in order: what is committed stays, connections are cut. */
    public void stop(Duration grace) throws EngineException {
        Daemon daemon = daemon(root, binaries.programs(), port, Optional.empty());
        if (Daemons.running(daemon)) {
            // A plain end waits for all who are connected, and there is always a pool of those; "fast" does not.
            List<String> command = new ArrayList<>(asOwner());
            command.addAll(List.of(
                    binaries.programs().resolve("pg_ctl").toString(),
                    "stop",
                    "-D",
                    data().toString(),
                    "-m",
                    "fast",
                    "-w",
                    "-t",
                    Long.toString(Math.max(1, grace.toSeconds()))));
            Command.Result result = Command.run(grace.plus(QUICK), Map.of("LC_ALL", "C"), command);
            if (!result.good()) {
                LOG.warn("PostgreSQL did not end by itself: {}", result.errors().strip());
            }
        }
        Daemons.stop(daemon, Duration.ofSeconds(1));
    }

    private Path home() {
        return root.resolve("server/pg");
    }

    private Path data() {
        return home().resolve("data");
    }

    private Path passwordFile() {
        return home().resolve("password");
    }

    /** Who it has to be run by, if not by us. */
    private static Optional<String> user() throws EngineException {
        if (!System.getProperty("user.name", "").equals("root")) {
            return Optional.empty();
        }
        boolean own = Command.run(QUICK, Map.of(), List.of("id", "-u", NAME)).good();
        return Optional.of(own ? NAME : "nobody");
    }

    private static List<String> as(Optional<String> user) throws EngineException {
        if (user.isEmpty()) {
            return List.of();
        }
        String group = Command.must(QUICK, List.of("id", "-g", user.get())).strip();
        return List.of("setpriv", "--reuid=" + user.get(), "--regid=" + group, "--clear-groups", "--");
    }

    /** As whoever its data belong to: the user that it was made for may have come or gone since. */
    private List<String> asOwner() throws EngineException {
        if (user().isEmpty()) {
            return List.of();
        }
        try {
            return List.of(
                    "setpriv",
                    "--reuid=" + Files.getAttribute(data(), "unix:uid"),
                    "--regid=" + Files.getAttribute(data(), "unix:gid"),
                    "--clear-groups",
                    "--");
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, data() + " cannot be looked at: " + e, e);
        }
    }

    /** One who prepares at a time, in whichever process. */
    private static FileLock lock(FileChannel channel) throws IOException, EngineException {
        while (true) {
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException e) {
                LOG.trace("another thread prepares PostgreSQL", e);
            }
            pause();
        }
    }

    /** The password, then the data: made beside its place and moved there when complete, so that a crash leaves nothing half-made. */
    private void prepare(Optional<String> user, Path programs) throws IOException, EngineException {
        if (!Files.exists(passwordFile())) {
            byte[] secret = new byte[PASSWORD_BYTES];
            new SecureRandom().nextBytes(secret);
            Path fresh = home().resolve("password.new");
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, HexFormat.of().formatHex(secret) + "\n");
            Files.move(fresh, passwordFile());
        }
        if (Files.exists(data())) {
            checkVersion(programs);
            return;
        }
        Path fresh = home().resolve("data.new");
        remove(fresh);
        Files.createDirectory(
                fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (user.isPresent()) {
            // The folder and its lock as well: the server may run as that user, and start it next time.
            String group = Command.must(QUICK, List.of("id", "-g", user.get())).strip();
            for (Path path : List.of(fresh, passwordFile(), home(), home().resolve("lock"))) {
                Command.must(QUICK, List.of("chown", user.get() + ":" + group, path.toString()));
            }
            reachable(user.get());
        }
        List<String> command = new ArrayList<>(as(user));
        command.addAll(List.of(
                programs.resolve("initdb").toString(),
                "--pgdata=" + fresh,
                "--username=" + NAME,
                "--pwfile=" + passwordFile(),
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--no-locale",
                "--no-instructions"));
        Command.must(INIT, command);
        Files.move(fresh, data());
    }

    /** A folder on the way that the user may not pass gives PostgreSQL's own complaint no chance to be understood. */
    private void reachable(String user) throws EngineException {
        List<String> command = new ArrayList<>(as(Optional.of(user)));
        command.addAll(List.of("test", "-x", home().toString()));
        if (!Command.run(QUICK, Map.of(), command).good()) {
            throw new EngineException(
                    EngineException.Kind.REFUSED,
                    "PostgreSQL runs as " + user + ", who cannot reach " + home()
                            + ": let others pass each folder on the way (chmod o+x), or choose another state root");
        }
    }

    private void checkVersion(Path programs) throws IOException, EngineException {
        String made = Files.readString(data().resolve("PG_VERSION")).strip();
        String ours = PostgresBinaries.VERSION.substring(0, PostgresBinaries.VERSION.indexOf('.'));
        if (!made.equals(ours)) {
            throw new EngineException(
                    EngineException.Kind.REFUSED,
                    "the data in " + data() + " was made by PostgreSQL " + made + " and " + programs + " is " + ours
                            + ": bring it over with pg_upgrade, or dump and restore it");
        }
    }

    /** What is left of one that was killed holds the shared memory until it notices, and the next one refuses until then. */
    private static void startDaemon(Daemon daemon) throws EngineException {
        long end = System.nanoTime() + LEFTOVERS.toNanos();
        while (true) {
            try {
                Daemons.start(daemon);
                return;
            } catch (EngineException e) {
                if (System.nanoTime() > end || !String.valueOf(e.getMessage()).contains("shared memory block")) {
                    throw e;
                }
                pause();
            }
        }
    }

    /** Its port is open before its log is replayed; only an answer counts. The database is made on the way. */
    private static void answer(PostgresSettings settings) throws EngineException {
        String url = settings.url().substring(0, settings.url().lastIndexOf('/')) + "/postgres";
        long end = System.nanoTime() + RECOVERY.toNanos();
        while (true) {
            try (Connection connection = DriverManager.getConnection(url, settings.user(), settings.password());
                    var statement = connection.createStatement()) {
                try (var found = statement.executeQuery("select 1 from pg_database where datname = '" + NAME + "'")) {
                    if (found.next()) {
                        return;
                    }
                }
                statement.execute("create database " + NAME);
                return;
            } catch (SQLException e) {
                boolean refused = String.valueOf(e.getSQLState()).startsWith("28");
                if (refused || System.nanoTime() > end) {
                    throw new EngineException(
                            refused ? EngineException.Kind.REFUSED : EngineException.Kind.UNAVAILABLE,
                            "PostgreSQL at " + url + " does not let us in: " + e.getMessage(),
                            e);
                }
                pause();
            }
        }
    }

    private static void pause() throws EngineException {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "starting PostgreSQL was interrupted", e);
        }
    }

    static void remove(Path path) throws IOException {
        if (Files.exists(path)) {
            try (Stream<Path> all = Files.walk(path)) {
                for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }
}
