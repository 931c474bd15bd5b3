package yunqi.trials.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What a cloud has left on this machine: processes, mounts, namespaces, interfaces, control groups, files, each as a line of text. */
public record Leftovers(List<String> found) {
    private static final List<String> SHARED = List.of(
            "/etc", "/run", "/run/docker", "/run/containerd", "/var/lib", "/var/log", "/var/cache", "/sys/fs/cgroup");

    public static Leftovers of(Path root) {
        List<String> found = new ArrayList<>();
        processes(root).forEach(line -> found.add("process " + line));
        lines("/proc/self/mountinfo")
                .filter(line -> line.contains(root.toString()))
                .forEach(line -> found.add("mount " + line));
        if (Files.exists(root)) {
            found.add("folder " + root);
        }
        return new Leftovers(List.copyOf(found));
    }

    /** What stands in the folders of this machine in which daemons leave things, and which of its users is ours; compare before and after. */
    public static List<String> machine() {
        List<String> found = new ArrayList<>();
        for (String folder : SHARED) {
            entries(Path.of(folder)).forEach(entry -> found.add(entry.toString()));
        }
        entries(Path.of("/sys/fs/cgroup")).stream()
                .filter(Files::isDirectory)
                .flatMap(hierarchy -> entries(hierarchy).stream())
                .filter(Files::isDirectory)
                .forEach(group -> found.add(group.toString()));
        lines("/etc/passwd").filter(line -> line.startsWith("yunqi:")).forEach(found::add);
        return found;
    }

    private static List<Path> entries(Path folder) {
        try (Stream<Path> entries = Files.isDirectory(folder) ? Files.list(folder) : Stream.empty()) {
            return entries.toList();
        } catch (IOException e) {
            throw new AssertionError("cannot list " + folder, e);
        }
    }

    /** Processes whose command line or working folder is in the state root. */
    public static List<String> processes(Path root) {
        List<String> found = new ArrayList<>();
        long self = ProcessHandle.current().pid();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            for (Path entry : entries.filter(e -> e.getFileName().toString().matches("[0-9]+"))
                    .toList()) {
                String words = commandLine(entry);
                if (words.contains(root.toString())
                        && Long.parseLong(entry.getFileName().toString()) != self) {
                    found.add(entry.getFileName() + " " + words);
                }
            }
        } catch (IOException e) {
            throw new AssertionError("cannot read /proc", e);
        }
        return found;
    }

    /** Network namespaces, and interfaces in the cloud's own namespace, that are there now; compare before and after. */
    public static List<String> network(Cloud cloud) {
        return network(cloud.inside(List.of("ip", "-o", "link")));
    }

    /** Network namespaces, and interfaces in this process's namespace, that are there now; compare before and after. */
    public static List<String> network() {
        return network(List.of("ip", "-o", "link"));
    }

    private static List<String> network(List<String> links) {
        List<String> found = new ArrayList<>();
        for (List<String> command : List.of(List.of("ip", "netns", "list"), links)) {
            Run.of(Duration.ofSeconds(10), Map.of(), command)
                    .mustSucceed()
                    .output()
                    .lines()
                    .map(line -> line.replaceAll("^[0-9]+: ", "").replaceAll("[@: ].*", ""))
                    .forEach(found::add);
        }
        found.sort(null);
        return found;
    }

    private static String commandLine(Path process) {
        try {
            return new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8)
                    .replace('\0', ' ');
        } catch (IOException e) {
            return ""; // It ended while we looked.
        }
    }

    private static Stream<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of(file)).stream();
        } catch (IOException e) {
            throw new AssertionError("cannot read " + file, e);
        }
    }
}
