package yunqi.trials.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import yunqi.core.wire.Wire;

/**
 * A cloud on this machine for one test: its own state root below {@code /tmp}, its own network namespace (with an address that this process reaches), its own CLI settings. Closing
 * it purges it; what an earlier run that was killed left behind is purged before the first one starts.
 */
public final class Cloud implements AutoCloseable {
    /** Enough for the slowest thing that a test waits for on a loaded machine of 2 cores: `up` with a TCG guest. */
    public static final Duration PATIENCE = Duration.ofMinutes(6);

    private static final String PREFIX = "yq-lab-";
    private static final Duration QUICK = Duration.ofSeconds(30);
    private static final int PORT_BASE = 19_000; // every port is free in a namespace of its own

    private final Path root;
    private final long number;

    private Cloud(Path root, long number) {
        this.root = root;
        this.number = number;
    }

    /** A cloud that is not up yet. */
    public static Cloud plan() throws IOException {
        purgeLeftovers();
        Built.fetchTiny();
        // Short, because the engines' Unix sockets below it may have at most 107 characters.
        long number = ProcessHandle.current().pid();
        while (Files.exists(Path.of("/tmp", PREFIX + number)) || Files.exists(Path.of("/run/netns", PREFIX + number))) {
            number += 1_000_000; // more than any pid here, so that the owner is still known
        }
        Path root = Path.of("/tmp", PREFIX + number);
        Files.createDirectories(root);
        Cloud cloud = new Cloud(root, number);
        cloud.makeNetwork();
        return cloud;
    }

    /** A cloud that is up. */
    public static Cloud up(String... options) throws IOException {
        Cloud cloud = plan();
        try {
            cloud.start(options).mustSucceed();
        } catch (AssertionError e) {
            try {
                cloud.close();
            } catch (AssertionError also) {
                e.addSuppressed(also);
            }
            throw e;
        }
        return cloud;
    }

    /** A namespace, and a pair of interfaces by which this process reaches the address of the cloud: the second of four in 100.64.0.0/10. */
    private void makeNetwork() {
        String here = "lab" + number % 10_000_000;
        ip("netns", "add", name());
        ip("-n", name(), "link", "set", "lo", "up");
        ip("link", "add", here, "type", "veth", "peer", "name", "up0", "netns", name());
        ip("addr", "add", address(1) + "/30", "dev", here);
        ip("link", "set", here, "up");
        ip("-n", name(), "addr", "add", address(2) + "/30", "dev", "up0");
        ip("-n", name(), "link", "set", "up0", "up");
    }

    private String address(int last) {
        long base = number % 1_000_000 * 4 + last;
        return "100." + (64 + base / 65_536) + "." + base / 256 % 256 + "." + base % 256;
    }

    /** The address of this process, as the cloud sees it. */
    public String outside() {
        return address(1);
    }

    private static void ip(String... words) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(words));
        Run.of(QUICK, Map.of(), command).mustSucceed();
    }

    /** What the network namespace and the state root are called. */
    public String name() {
        return PREFIX + number;
    }

    /** A command line that runs in the cloud's network namespace. */
    public List<String> inside(List<String> command) {
        List<String> words = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + name()));
        words.addAll(command);
        return words;
    }

    public Run start(String... options) {
        List<String> words = new ArrayList<>(List.of(
                "up",
                "--yes",
                "--root",
                root.toString(),
                "--port-base",
                Integer.toString(PORT_BASE),
                "--address",
                address(2)));
        words.addAll(List.of(options));
        return yunqi(words.toArray(String[]::new));
    }

    public Path root() {
        return root;
    }

    /** Ports from here on are the cloud's. */
    public int portBase() {
        return PORT_BASE;
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
        return Run.of(PATIENCE, environment(), inside(command));
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

    /** A process of this cloud by the name of its pid file, such as {@code dockerd}; where an init stands before it, the process behind that. */
    public ProcessHandle process(String name) {
        Path run = root.resolve("run");
        Path file = Stream.of(run, run.resolve("ovs"), run.resolve("ovn"))
                .map(folder -> folder.resolve(name + ".pid"))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no pid file for " + name));
        try {
            long pid = Long.parseLong(Files.readString(file).strip().split("\\s+", -1)[0]);
            ProcessHandle process = ProcessHandle.of(pid)
                    .orElseThrow(() -> new AssertionError(name + " (pid " + pid + ") does not run"));
            boolean init = process.info().command().orElse("").contains("tini");
            return init ? process.children().findFirst().orElse(process) : process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (Files.exists(root)) {
            if (!Files.exists(namespace())) {
                makeNetwork(); // the machine was restarted since; what is left is only on disk
            }
            if (Files.exists(root.resolve("server")) || Files.exists(root.resolve("agent"))) {
                yunqi("purge", "--yes", "--root", root.toString()).mustSucceed();
            }
            Run.of(PATIENCE, Map.of(), List.of("rm", "-rf", "--one-file-system", root.toString()))
                    .mustSucceed();
        }
        if (Files.exists(namespace())) {
            ip("netns", "del", name());
        }
    }

    private Path namespace() {
        return Path.of("/run/netns", name());
    }

    private static void purgeLeftovers() throws IOException {
        Set<Long> old = new TreeSet<>();
        for (Path folder : List.of(Path.of("/tmp"), Path.of("/run/netns"))) {
            if (Files.exists(folder)) {
                try (Stream<Path> entries = Files.list(folder)) {
                    entries.map(path -> path.getFileName().toString())
                            .filter(name -> name.matches(PREFIX + "[0-9]+"))
                            .map(name -> Long.parseLong(name.substring(PREFIX.length())))
                            .filter(number ->
                                    ProcessHandle.of(number % 1_000_000).isEmpty())
                            .forEach(old::add);
                }
            }
        }
        for (long number : old) {
            new Cloud(Path.of("/tmp", PREFIX + number), number).close();
        }
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
