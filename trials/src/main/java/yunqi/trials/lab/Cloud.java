package yunqi.trials.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import yunqi.core.wire.Wire;

/**
 * A cloud on this machine for one test: its own state root below {@code /tmp}, its own free ports, its own CLI settings. Closing it purges it; what an earlier run
 * that was killed left behind is purged before the first one starts.
 */
public final class Cloud implements AutoCloseable {
    /** Enough for the slowest thing that a test waits for on a loaded machine of 2 cores: `up` with a TCG guest. */
    public static final Duration PATIENCE = Duration.ofMinutes(6);

    private static final String PREFIX = "yq-lab-";
    private static final int PORTS = 10;

    private final Path root;
    private final int portBase;

    private Cloud(Path root, int portBase) {
        this.root = root;
        this.portBase = portBase;
    }

    /** A cloud that is not up yet. */
    public static Cloud plan() throws IOException {
        purgeLeftovers();
        // Short, because the engines' Unix sockets below it may have at most 107 characters.
        Path root = Path.of("/tmp", PREFIX + ProcessHandle.current().pid());
        for (int i = 0; Files.exists(root); i++) {
            root = Path.of("/tmp", PREFIX + ProcessHandle.current().pid() + "-" + i);
        }
        Files.createDirectories(root);
        return new Cloud(root, freePorts());
    }

    /** A cloud that is up. */
    public static Cloud up(String... options) throws IOException {
        Cloud cloud = plan();
        try {
            cloud.start(options).mustSucceed();
        } catch (AssertionError e) {
            cloud.close();
            throw e;
        }
        return cloud;
    }

    public Run start(String... options) {
        List<String> words = new ArrayList<>(
                List.of("up", "--yes", "--root", root.toString(), "--port-base", Integer.toString(portBase)));
        words.addAll(List.of(options));
        return yunqi(words.toArray(String[]::new));
    }

    public Path root() {
        return root;
    }

    public int portBase() {
        return portBase;
    }

    public static Path home() {
        return Path.of(System.getProperty("yunqi.home", "..")).toAbsolutePath().normalize();
    }

    public Map<String, String> environment() {
        return Map.of("YUNQI_CONFIG", root.resolve("cli.json").toString());
    }

    /** Runs {@code ./yunqi} with these words, as this cloud's user. */
    public Run yunqi(String... words) {
        List<String> command = new ArrayList<>(List.of(home().resolve("yunqi").toString()));
        command.addAll(List.of(words));
        return Run.of(PATIENCE, environment(), command);
    }

    /** The JSON that {@code ./yunqi … -o json} prints. */
    public JsonNode json(String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.add("-o");
        all.add("json");
        return Wire.read("", yunqi(all.toArray(String[]::new)).mustSucceed().output(), JsonNode.class);
    }

    /** Waits until something is so; fails with what was last seen. */
    public static <T> T await(String what, Duration longest, java.util.concurrent.Callable<T> see, Predicate<T> good) {
        Instant deadline = Instant.now().plus(longest);
        while (true) {
            T seen;
            try {
                seen = see.call();
            } catch (Exception e) {
                throw new AssertionError("while waiting for " + what, e);
            }
            if (good.test(seen)) {
                return seen;
            }
            if (Instant.now().isAfter(deadline)) {
                throw new AssertionError("not within " + longest + ": " + what + "; last seen: " + seen);
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting for " + what, e);
            }
        }
    }

    /** The processes of this cloud by the names of their pid files, such as {@code dockerd}. */
    public ProcessHandle process(String name) {
        Path file = root.resolve("run").resolve(name + ".pid");
        try {
            long pid = Long.parseLong(Files.readString(file).strip().split("\\s+", -1)[0]);
            return ProcessHandle.of(pid)
                    .orElseThrow(() -> new AssertionError(name + " (pid " + pid + ") does not run"));
        } catch (IOException e) {
            throw new AssertionError("no pid file for " + name, e);
        }
    }

    @Override
    public void close() {
        purge(root);
    }

    private void purge(Path old) {
        yunqi("purge", "--yes", "--root", old.toString()).mustSucceed();
        if (Files.exists(old)) {
            Run.of(PATIENCE, Map.of(), List.of("rm", "-rf", "--one-file-system", old.toString()))
                    .mustSucceed();
        }
    }

    private static void purgeLeftovers() throws IOException {
        List<Path> old;
        try (Stream<Path> roots = Files.list(Path.of("/tmp"))) {
            old = roots.filter(path -> path.getFileName().toString().matches(PREFIX + "[0-9]+(-[0-9]+)?"))
                    .filter(path -> ProcessHandle.of(owner(path)).isEmpty())
                    .toList();
        }
        for (Path path : old) {
            new Cloud(path, 0).close();
        }
    }

    private static long owner(Path root) {
        return Long.parseLong(
                root.getFileName().toString().substring(PREFIX.length()).split("-", -1)[0]);
    }

    /** The first of some free ports in a row. */
    private static int freePorts() {
        for (int base = 17_000 + (int) (ProcessHandle.current().pid() % 500) * 20; base < 32_000; base += PORTS) {
            if (allFree(base)) {
                return base;
            }
        }
        throw new AssertionError("no " + PORTS + " free ports in a row");
    }

    private static boolean allFree(int base) {
        for (int port = base; port < base + PORTS; port++) {
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("0.0.0.0"))) {
                socket.setReuseAddress(true);
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }

    /** Reads a text file of the cloud, empty if there is none. */
    public String read(String path) {
        try {
            Path file = root.resolve(path);
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
