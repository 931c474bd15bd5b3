package yunqi.drivers.docker;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import yunqi.core.base.EngineException;
import yunqi.core.wire.Digests;
import yunqi.drivers.process.Daemon;

/**
 * Our own containerd and dockerd, apart from any that the machine runs: own sockets, folders and cgroup below one state root. Containerd is a
 * daemon of its own, and dockerd restores what it finds, so that either may die or be replaced without a container noticing. Neither touches
 * the host's packet filter, bridges or routes.
 */
public final class DockerEngine {
    private static final Duration PATIENCE =
            Duration.ofSeconds(60); // half a second when quiet; slow disks after a crash
    private static final Path DEFAULT_ROOT = Path.of("/var/lib/yunqi");
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Map<String, String> ENVIRONMENT =
            Map.of("PATH", "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"); // runc and iptables are in sbin

    private DockerEngine() {}

    /** Writes the files that {@link #daemons} name, and drops what an earlier boot of the machine left in {@code run}. To be called before they start. */
    public static void install(Path root) throws EngineException {
        try {
            Files.createDirectories(home(root).resolve("netns"));
            dropRunStateOfEarlierBoot(root);
            for (var file : files(root).entrySet()) {
                Path fresh = file.getKey().resolveSibling(file.getKey().getFileName() + ".new");
                Files.writeString(fresh, file.getValue());
                boolean runs = file.getValue().startsWith("#!");
                Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(runs ? "rwx------" : "rw-------"));
                Files.move(fresh, file.getKey(), StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    "cannot write Docker's files below " + home(root) + ": " + e.getMessage(),
                    e);
        }
    }

    /** Containerd and dockerd, to be started in this order. */
    public static List<Daemon> daemons(Path root) {
        Path run = root.resolve("run");
        Path log = root.resolve("log");
        Daemon containerd = new Daemon(
                "containerd",
                List.of("containerd", "--config", config(root).toString(), "--log-level", "warn"),
                ENVIRONMENT,
                run.resolve("containerd.pid"),
                log.resolve("containerd.log"),
                Optional.empty(),
                new Daemon.Ready.Socket(containerdSocket(root)),
                PATIENCE);
        Daemon dockerd = new Daemon(
                "dockerd",
                dockerd(root),
                ENVIRONMENT,
                run.resolve("dockerd.pid"),
                log.resolve("dockerd.log"),
                Optional.empty(),
                new Daemon.Ready.Socket(socket(root)),
                PATIENCE);
        return List.of(containerd, dockerd);
    }

    /**
     * Removes all that the engine leaves when its daemons have been stopped: running containers, mounts, cgroups, images, files. Nothing is done if
     * there is nothing. {@code BUSY} if something could not be removed.
     */
    public static void clear(Path root) throws EngineException {
        Leftovers.clear(root);
    }

    /**
     * Ends every container that still runs though the daemons have been stopped, as {@link #clear} does, but keeps all files: containers are found
     * to have ended when the daemons come back.
     */
    public static void end(Path root) throws EngineException {
        Leftovers.end(root);
    }

    /** Where dockerd listens. */
    public static Path socket(Path root) {
        return root.resolve("run").resolve("docker.sock");
    }

    private static List<String> dockerd(Path root) {
        return List.of(
                "dockerd",
                "--containerd=" + containerdSocket(root),
                "--host=unix://" + socket(root),
                "--group=root", // the group docker would let its members become root
                "--data-root=" + home(root).resolve("data"),
                "--exec-root=" + root.resolve("run").resolve("docker"),
                "--pidfile=", // ours knows a stranger with our old pid from us, Docker's doesn't
                "--live-restore",
                "--exec-opt=native.cgroupdriver=cgroupfs",
                "--cgroup-parent=" + cgroupParent(root),
                "--iptables=false",
                "--ip6tables=false",
                "--bridge=none",
                "--ip-forward=false",
                "--ip-masq=false",
                "--userland-proxy=false",
                "--no-new-privileges",
                "--init-path=/usr/bin/tini-static",
                "--add-runtime=yunqi=" + runtime(root),
                "--default-runtime=yunqi",
                "--log-level=warn");
    }

    /** The files that belong to the daemons, by path. Pure. */
    static Map<Path, String> files(Path root) {
        Map<Path, String> files = new LinkedHashMap<>();
        files.put(config(root), """
                version = 2
                root = "%s"
                state = "%s"
                disabled_plugins = ["io.containerd.grpc.v1.cri"]

                [grpc]
                  address = "%s"
                """.formatted(
                        quoted(home(root).resolve("containerd")),
                        quoted(root.resolve("run").resolve("containerd")),
                        quoted(containerdSocket(root))));
        files.put(runtime(root), resource("runtime.sh"));
        return files;
    }

    /** The cgroup that holds all containers; two state roots on one machine have two. */
    static String cgroupParent(Path root) {
        Path absolute = root.toAbsolutePath().normalize();
        return absolute.equals(DEFAULT_ROOT)
                ? "/yunqi"
                : "/yunqi-"
                        + Digests.of(absolute.toString().getBytes(StandardCharsets.UTF_8))
                                .substring(0, 8);
    }

    static Path home(Path root) {
        return root.resolve("agent").resolve("docker");
    }

    /** The OCI runtime that the engine starts containers with; its records are in {@code netns} beside it. */
    static Path runtime(Path root) {
        return home(root).resolve("runtime");
    }

    private static Path config(Path root) {
        return home(root).resolve("containerd.toml");
    }

    static Path containerdSocket(Path root) {
        return root.resolve("run").resolve("containerd.sock");
    }

    /**
     * Both engines count on a run folder that is empty after boot, as {@code /run} is: a task of the boot before, whose pid is another process now,
     * would otherwise be taken for alive.
     */
    private static void dropRunStateOfEarlierBoot(Path root) throws IOException {
        Path run = root.resolve("run");
        Path mark = home(root).resolve("boot");
        String boot = Files.readString(BOOT_ID).strip();
        boolean rebooted = Files.exists(mark) && !Files.readString(mark).strip().equals(boot);
        for (String name : List.of("docker", "containerd")) {
            if (rebooted && Files.exists(run.resolve(name))) {
                try (Stream<Path> all = Files.walk(run.resolve(name))) {
                    for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(path);
                    }
                }
            }
        }
        Files.writeString(mark, boot + "\n");
    }

    private static String quoted(Path path) {
        return path.toString().replace("\\", "\\\\").replace("\"", "\\\"");
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(DockerEngine.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("our own resource " + name + " cannot be read", e);
        }
    }
}
