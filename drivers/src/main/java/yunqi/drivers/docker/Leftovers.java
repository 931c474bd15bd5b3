package yunqi.drivers.docker;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Command;

/** Ends and removes what outlives the daemons: containers and their shims, mounts, cgroups, files. */
final class Leftovers {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final Path SHIM_SOCKETS = Path.of("/run/containerd/s");
    private static final Path PLUGIN_SOCKETS = Path.of("/run/docker/plugins");
    private static final Duration ENDED =
            Duration.ofSeconds(10); // a killed process that is still there hangs in the kernel
    private static final Duration QUICK = Duration.ofSeconds(10);

    private Leftovers() {}

    static void clear(Path root) throws EngineException {
        end(root);
        try {
            delete(DockerEngine.home(root));
            delete(root.resolve("run").resolve("docker"));
            delete(root.resolve("run").resolve("containerd"));
            removeShared(SHIM_SOCKETS);
            removeShared(PLUGIN_SOCKETS);
        } catch (IOException e) {
            throw stuck(root, e);
        }
    }

    /** Both engines make a folder outside their own, whatever they are told. It goes with the one it is in, if nothing else is in either. */
    private static void removeShared(Path folder) throws IOException {
        Path parent = Optional.ofNullable(folder.getParent()).orElse(folder);
        if (entries(folder).isEmpty() && List.of(folder).equals(entries(parent))) {
            Files.deleteIfExists(folder);
            Files.deleteIfExists(parent);
        }
    }

    private static List<Path> entries(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    /** Ends the processes, and removes what lives only in memory; files stay. */
    static void end(Path root) throws EngineException {
        try {
            List<Path> folders = List.of(
                    DockerEngine.home(root),
                    root.resolve("run").resolve("docker"),
                    root.resolve("run").resolve("containerd"));
            // The shims first: they would report the ends of their containers to an engine that is no more.
            killAll(shims(root));
            removeDead(SHIM_SOCKETS);
            killAll(members(DockerEngine.cgroupParent(root)));
            for (Path mount : mounts(folders)) {
                Command.must(QUICK, List.of("umount", "-l", mount.toString()));
            }
            for (Path cgroup : cgroups(DockerEngine.cgroupParent(root))) {
                Files.deleteIfExists(cgroup);
            }
        } catch (IOException e) {
            throw stuck(root, e);
        }
    }

    /** Ends one container and its shim. */
    static void endOne(Path root, String container) throws EngineException {
        try {
            killAll(shims(root).stream()
                    .filter(shim -> commandLine(shim.pid()).contains(container))
                    .toList());
            killAll(members(DockerEngine.cgroupParent(root) + "/" + container));
        } catch (IOException e) {
            throw stuck(root, e);
        }
    }

    /** Removes the folder that a run had in containerd, with what is mounted there. */
    static void deleteBundle(Path bundle) throws EngineException {
        try {
            for (Path mount : mounts(List.of(bundle))) {
                Command.must(QUICK, List.of("umount", "-l", mount.toString()));
            }
            delete(bundle);
        } catch (IOException e) {
            throw stuck(bundle, e);
        }
    }

    private static EngineException stuck(Path root, IOException e) {
        return new EngineException(
                EngineException.Kind.BUSY, "cannot remove all of Docker below " + root + ": " + e.getMessage(), e);
    }

    private static void killAll(List<ProcessHandle> processes) throws EngineException {
        processes.forEach(ProcessHandle::destroyForcibly);
        long end = System.nanoTime() + ENDED.toNanos();
        while (processes.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() < end) {
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new EngineException(EngineException.Kind.BUSY, "ending containers was interrupted", e);
            }
        }
    }

    /** Each container has a shim, whose command line names our containerd's socket. */
    private static List<ProcessHandle> shims(Path root) {
        String socket = DockerEngine.containerdSocket(root).toString();
        return ProcessHandle.allProcesses()
                .filter(process -> {
                    List<String> line = commandLine(process.pid());
                    return !line.isEmpty() && line.getFirst().contains("containerd-shim") && line.contains(socket);
                })
                .toList();
    }

    /**
     * Removes the sockets at which nobody listens. Containerd keeps its shims' outside its own folders, whatever it is told, and where it is
     * noted goes before the shim does, so that a shim that is killed in between leaves one of which nothing tells whose it was.
     */
    static void removeDead(Path folder) throws IOException {
        for (Path socket : entries(folder)) {
            try {
                SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
            } catch (ConnectException e) {
                Files.deleteIfExists(socket);
            } catch (IOException e) {
                LOG.info("{} stays: {}", socket, e.toString());
            }
        }
    }

    private static List<String> commandLine(long pid) {
        try {
            return Arrays.asList(Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"))
                    .split("\0", -1));
        } catch (IOException e) {
            return List.of(); // it ended meanwhile
        }
    }

    private static List<ProcessHandle> members(String parent) throws IOException {
        return cgroups(parent).stream()
                .map(cgroup -> cgroup.resolve("cgroup.procs"))
                .flatMap(Leftovers::lines)
                .map(Long::parseLong)
                .filter(pid -> pid > 1)
                .distinct()
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .toList();
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            return Stream.empty(); // the cgroup went with its last process, or holds only threads
        }
    }

    /** Our cgroups in every hierarchy (one on v2, a dozen on v1), the inner ones first. */
    private static List<Path> cgroups(String parent) throws IOException {
        try (Stream<Path> hierarchies = Files.list(CGROUPS)) {
            List<Path> tops = Stream.concat(Stream.of(CGROUPS), hierarchies.filter(Files::isDirectory))
                    .filter(hierarchy -> !Files.isSymbolicLink(hierarchy))
                    .map(hierarchy -> hierarchy.resolve(parent.substring(1)))
                    .filter(Files::isDirectory)
                    .toList();
            return tops.stream().flatMap(Leftovers::folders).toList();
        }
    }

    private static Stream<Path> folders(Path top) {
        try (Stream<Path> all = Files.walk(top)) {
            return all.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList().stream();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Mounts below these folders, the last made first. */
    private static List<Path> mounts(List<Path> ours) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .map(line -> Path.of(line.split(" ", -1)[1].replace("\\040", " ")))
                .filter(mount -> ours.stream().anyMatch(mount::startsWith))
                .toList()
                .reversed();
    }

    private static void delete(Path top) throws IOException {
        try (Stream<Path> all = Files.walk(top)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            return; // it was never made
        }
    }
}
