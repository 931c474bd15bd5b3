package yunqi.drivers.process;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;

/**
 * Starts and stops engine processes that outlive us. A process is known by its pid file, which it writes itself before it becomes the engine, so
 * that whoever dies in between, no engine is ever running unknown.
 *
 * <p>Each daemon leads a session and process group of its own, and carries {@link #MARK} in its environment: what is left of a group whose leader
 * was killed can be told from a stranger's processes.
 */
public final class Daemons {
    /** The environment variable that every daemon of ours carries: the path of its pid file. */
    public static final String MARK = "YUNQI_PID_FILE";

    private static final Duration POLL = Duration.ofMillis(20); // short beside any engine's start, cheap beside a fork
    private static final Duration KILLED =
            Duration.ofSeconds(10); // a killed process that is still there hangs in the kernel
    private static final Duration QUICK = Duration.ofSeconds(10); // for small programs such as id
    private static final int LOG_TAIL = 2_000; // characters of the log that say why it ended

    /**
     * Becomes the daemon: field 22 of its own stat is its start time, kept over the exec. The third line of the file is the boot, since
     * after a reboot another process may have the same pid and start time.
     */
    private static final String LAUNCH = """
            set -eu
            read -r _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ start _ < /proc/$$/stat
            read -r boot < /proc/sys/kernel/random/boot_id
            printf '%s %s\\n%s\\n' "$$" "$start" "$boot" > "$1.new"
            mv -f "$1.new" "$1"
            shift
            exec "$@"
            """;

    private static final Logger LOG = LoggerFactory.getLogger(Daemons.class);

    private Daemons() {}

    /** True if the very process that we started runs; another one that got its pid later doesn't count. */
    public static boolean running(Daemon daemon) {
        return PidFile.read(daemon.pidFile()).filter(PidFile::alive).isPresent();
    }

    /** Its pid, if it runs. */
    public static Optional<Long> pid(Daemon daemon) {
        return PidFile.read(daemon.pidFile()).filter(PidFile::alive).map(PidFile::pid);
    }

    /**
     * Starts it unless it runs, and waits until it is ready. {@code UNAVAILABLE} if it ends before, or isn't ready within its patience (it is left
     * running then: a slow machine is no reason to kill it).
     */
    public static void start(Daemon daemon) throws EngineException {
        Readiness.check(daemon);
        Path lock = daemon.pidFile().resolveSibling(daemon.pidFile().getFileName() + ".lock");
        try {
            Files.createDirectories(parent(daemon.pidFile()));
            Files.createDirectories(parent(daemon.log()));
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = lock(channel, daemon)) {
                if (!running(daemon)) {
                    spawn(daemon);
                }
            }
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot start " + daemon.name() + ": " + e.getMessage(), e);
        }
        awaitReady(daemon);
    }

    /**
     * Asks it to end, and its process group with it, and kills what is left after {@code grace}. Nothing is done if it doesn't run. What left the
     * group (a container's shim, a guest) isn't touched. {@code UNAVAILABLE} if even killing doesn't end it.
     */
    public static void stop(Daemon daemon, Duration grace) throws EngineException {
        Optional<PidFile> file = PidFile.read(daemon.pidFile());
        if (file.isPresent() && file.get().sameBoot()) {
            PidFile leader = file.get();
            if (leader.alive()) {
                leader.signalGroup(daemon.pidFile(), false);
                if (!until(grace, () -> leader.group(daemon.pidFile()).isEmpty())) {
                    leader.signalGroup(daemon.pidFile(), true);
                }
            } else {
                leader.signalGroup(daemon.pidFile(), true);
            }
            if (!until(KILLED, () -> leader.group(daemon.pidFile()).isEmpty())) {
                throw new EngineException(
                        EngineException.Kind.UNAVAILABLE,
                        daemon.name() + " (pid " + leader.pid()
                                + ") does not end though killed: it hangs in the kernel");
            }
        }
        try {
            Files.deleteIfExists(daemon.pidFile());
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot remove " + daemon.pidFile() + ": " + e.getMessage(), e);
        }
    }

    private static void spawn(Daemon daemon) throws EngineException, IOException {
        // A leader that was killed may have left workers that hold its sockets and locks: its successor could not
        // start.
        Optional<PidFile> earlier = PidFile.read(daemon.pidFile()).filter(PidFile::sameBoot);
        if (earlier.isPresent()) {
            earlier.get().signalGroup(daemon.pidFile(), true);
            until(KILLED, () -> earlier.get().group(daemon.pidFile()).isEmpty());
        }
        Files.deleteIfExists(daemon.pidFile());
        ProcessBuilder builder = new ProcessBuilder(commandLine(daemon))
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(daemon.log().toFile()))
                .redirectErrorStream(true);
        builder.directory(new java.io.File("/")); // where it stands must not keep a folder or mount from being removed
        builder.environment().putAll(daemon.environment());
        builder.environment().put(MARK, daemon.pidFile().toString());
        Process process = builder.start();
        while (!Files.exists(daemon.pidFile())) {
            if (!process.isAlive()) {
                throw new EngineException(
                        EngineException.Kind.UNAVAILABLE, daemon.name() + " could not be started" + lastWords(daemon));
            }
            pause(daemon);
        }
    }

    /** What is run: setsid execs, as we never fork a group leader, so the pid stays that of our child. */
    static List<String> commandLine(Daemon daemon) throws EngineException {
        List<String> line = new ArrayList<>(
                List.of("setsid", "sh", "-c", LAUNCH, "daemon", daemon.pidFile().toString()));
        if (daemon.user().isPresent() && System.getProperty("user.name", "").equals("root")) {
            String user = daemon.user().get();
            String group = Command.must(QUICK, List.of("id", "-g", user)).strip();
            line.addAll(List.of("setpriv", "--reuid=" + user, "--regid=" + group, "--init-groups", "--"));
        }
        line.addAll(daemon.command());
        return line;
    }

    private static void awaitReady(Daemon daemon) throws EngineException {
        long end = System.nanoTime() + daemon.patience().toNanos();
        while (!Readiness.ready(daemon)) {
            if (!running(daemon)) {
                throw new EngineException(
                        EngineException.Kind.UNAVAILABLE,
                        daemon.name() + " ended before it was ready" + lastWords(daemon));
            }
            if (System.nanoTime() > end) {
                throw new EngineException(
                        EngineException.Kind.UNAVAILABLE,
                        daemon.name() + " runs but is not ready after "
                                + daemon.patience().toSeconds() + " s" + lastWords(daemon));
            }
            pause(daemon);
        }
        if (!running(daemon)) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    daemon.name() + " ended, though something else answers in its place" + lastWords(daemon));
        }
    }

    /** One starter at a time, in whichever process: the lock lasts only while it spawns. */
    private static FileLock lock(FileChannel channel, Daemon daemon) throws IOException, EngineException {
        while (true) {
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException e) {
                LOG.trace("another thread starts {}", daemon.name(), e);
            }
            pause(daemon);
        }
    }

    private static boolean until(Duration longest, java.util.function.BooleanSupplier condition)
            throws EngineException {
        long end = System.nanoTime() + longest.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            sleep("waiting for a process");
        }
        return true;
    }

    private static void pause(Daemon daemon) throws EngineException {
        sleep("starting " + daemon.name());
    }

    private static void sleep(String doing) throws EngineException {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNAVAILABLE, doing + " was interrupted", e);
        }
    }

    private static String lastWords(Daemon daemon) {
        try (FileChannel channel = FileChannel.open(daemon.log(), StandardOpenOption.READ)) {
            channel.position(Math.max(0, channel.size() - LOG_TAIL));
            byte[] tail = java.nio.channels.Channels.newInputStream(channel).readNBytes(LOG_TAIL);
            String text = new String(tail, StandardCharsets.UTF_8).strip();
            return text.isEmpty() ? "" : "; the end of " + daemon.log() + ": " + text;
        } catch (IOException e) {
            return "; nothing can be read from " + daemon.log();
        }
    }

    private static Path parent(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException(path + " is in no folder");
        }
        return parent;
    }
}
