package yunqi.drivers.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.within;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import yunqi.core.base.EngineException;
import yunqi.core.instance.InstanceId;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Daemons;

/**
 * A Docker Engine of a test's own, with a network namespace in which containers have an address. Its folder has a fixed name, so that the next run
 * removes what a killed one left.
 */
final class EngineHere {
    private static final Duration GRACE = Duration.ofSeconds(10);
    private static final Duration QUICK = Duration.ofSeconds(20);

    private final Path root;
    private final String namespace;
    private final FileLock lock;

    EngineHere(String name) throws Exception {
        this.root = Path.of("/tmp/yq-it-" + name);
        this.namespace = "yq-it-" + name;
        // Held as long as this process lives: another run of the same test on this machine waits.
        this.lock = FileChannel.open(Path.of(root + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                .lock();
        remove();
        ip("netns", "add", namespace);
        ip("-n", namespace, "link", "set", "lo", "up");
        ip("-n", namespace, "link", "add", "eth0", "type", "veth", "peer", "name", "far0");
        ip("-n", namespace, "addr", "add", Plans.IP + "/24", "dev", "eth0");
        ip("-n", namespace, "link", "set", "eth0", "up");
        ip("-n", namespace, "link", "set", "far0", "up");
        DockerEngine.install(root);
        start();
    }

    private static void ip(String... words) throws Exception {
        List<String> line = new java.util.ArrayList<>(List.of("ip"));
        line.addAll(List.of(words));
        Command.must(QUICK, line);
    }

    Path root() {
        return root;
    }

    String namespacePath() {
        return "/run/netns/" + namespace;
    }

    /** Starts what doesn't run. */
    void start() throws Exception {
        for (Daemon daemon : DockerEngine.daemons(root)) {
            Daemons.start(daemon);
        }
    }

    /** Kills one as a fault would, and waits until it is dead. */
    void kill(String name) throws Exception {
        for (Daemon daemon : DockerEngine.daemons(root)) {
            if (daemon.name().equals(name)) {
                ProcessHandle.of(Daemons.pid(daemon).orElseThrow())
                        .orElseThrow()
                        .destroyForcibly();
                within(GRACE, name + " is dead", () -> !Daemons.running(daemon));
            }
        }
    }

    /** The first process of an instance's container, as this machine counts. */
    long pid(InstanceId id) throws Exception {
        try (DockerConnection docker = new DockerConnection(DockerEngine.socket(root), QUICK)) {
            var seen = docker.call(
                    "looking for its process",
                    c -> c.inspectContainerCmd(ContainerRequest.name(id)).exec());
            return Optional.ofNullable(seen.getState().getPidLong()).orElseThrow();
        }
    }

    /** Makes dockerd believe that it had not started the container, as if killed before it wrote that down; gives back the process. */
    long forget(InstanceId id) throws Exception {
        long pid = pid(id);
        kill("dockerd");
        try (var all = Files.walk(DockerEngine.home(root).resolve("data/containers"))) {
            for (Path file : all.filter(f -> f.endsWith("config.v2.json")).toList()) {
                String text = Files.readString(file);
                if (text.contains(id.toString())) {
                    Files.writeString(
                            file,
                            text.replace("\"Running\":true", "\"Running\":false")
                                    .replace("\"Pid\":" + pid, "\"Pid\":0"));
                }
            }
        }
        start();
        return pid;
    }

    /** Puts an empty folder in the place of the one that its run was begun in, as starts and late cleaning-ups that cross each other do. */
    void loseBundle(InstanceId id) throws Exception {
        try (DockerConnection docker = new DockerConnection(DockerEngine.socket(root), QUICK)) {
            var seen = docker.call(
                    "looking for its bundle",
                    c -> c.inspectContainerCmd(ContainerRequest.name(id)).exec());
            Path bundle = new Tasks(root).bundle(seen.getId());
            assertThat(bundle).exists();
            Leftovers.deleteBundle(bundle);
            Files.createDirectory(bundle);
        }
    }

    /** A container that is none of ours, until it is closed. */
    AutoCloseable stranger(String image) throws Exception {
        DockerConnection docker = new DockerConnection(DockerEngine.socket(root), QUICK);
        String id = docker.call(
                "making a stranger",
                c -> c.createContainerCmd(image).withCmd("true").exec().getId());
        return () -> {
            docker.call("removing it", c -> {
                c.removeContainerCmd(id).exec();
                return true;
            });
            docker.close();
        };
    }

    /** How many processes it has. */
    long processes(InstanceId id) throws Exception {
        long pid = pid(id);
        Path pids = Files.readAllLines(Path.of("/proc", Long.toString(pid), "cgroup")).stream()
                .map(line -> line.split(":", 3))
                .filter(parts -> parts[1].equals("pids") || parts[1].isEmpty())
                .map(parts -> Path.of("/sys/fs/cgroup/" + parts[1] + parts[2] + "/pids.current"))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
        return Long.parseLong(Files.readString(pids).strip());
    }

    /** As if the power failed and came back: processes, mounts and cgroups are gone, files are not. */
    void crash() throws Exception {
        kill("dockerd");
        kill("containerd");
        Leftovers.end(root);
        Files.writeString(DockerEngine.home(root).resolve("boot"), "an earlier boot\n");
        DockerEngine.install(root);
    }

    void remove() throws Exception {
        if (Files.exists(root)) {
            for (Daemon daemon : DockerEngine.daemons(root).reversed()) {
                Daemons.stop(daemon, GRACE);
            }
            endUnknown();
            DockerEngine.clear(root);
            assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(root + "/");
            assertThat(Path.of("/sys/fs/cgroup/pids" + DockerEngine.cgroupParent(root)))
                    .doesNotExist();
            within(GRACE, "nothing runs there", () -> {
                List<String> running = runningHere();
                if (!running.isEmpty()) {
                    throw new EngineException(EngineException.Kind.BUSY, String.join("\n", running));
                }
                return true;
            });
            Command.must(QUICK, List.of("rm", "-rf", "--one-file-system", root.toString()));
        }
        Command.run(QUICK, Map.of(), List.of("ip", "netns", "delete", namespace));
        assertThat(lock.isValid()).isTrue();
    }

    /** The command lines of all that has to do with our folder. */
    private List<String> runningHere() {
        return ProcessHandle.allProcesses()
                .flatMap(process -> process.info().commandLine().stream())
                .filter(line -> line.contains(root + "/"))
                .toList();
    }

    /** Daemons whose pid files are gone with a folder that somebody deleted. */
    private void endUnknown() {
        String mark = Daemons.MARK + "=" + root + "/";
        ProcessHandle.allProcesses()
                .filter(process -> environment(process.pid()).contains(mark))
                .forEach(ProcessHandle::destroyForcibly);
    }

    private static String environment(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it ended meanwhile
        }
    }
}
