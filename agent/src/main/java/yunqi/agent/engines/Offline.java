package yunqi.agent.engines;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.network.PortSeen;
import yunqi.drivers.docker.DockerEngine;
import yunqi.drivers.docker.DockerInstances;
import yunqi.drivers.libvirt.LibvirtEngine;
import yunqi.drivers.libvirt.LibvirtInstances;
import yunqi.drivers.ovn.OvsEngine;
import yunqi.drivers.ovn.OvsPorts;
import yunqi.drivers.ovn.Ovsdb;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Daemons;

/** Takes a host's engines down without the server, and removes what they left. Both may be repeated, and whatever fails, the rest is still done. */
public final class Offline {
    private static final Logger LOG = LoggerFactory.getLogger(Offline.class);
    private static final Duration GRACE = Duration.ofSeconds(10); // as the local loop gives an instance
    private static final Duration DAEMON_GRACE = Duration.ofSeconds(15);
    private static final Duration DATABASE = Duration.ofSeconds(5);

    private final Path root;

    /** The state root, absolute. */
    public Offline(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    /** Something to do of which failing doesn't keep the rest from being done. */
    private interface Part {
        void run() throws EngineException, IOException;
    }

    /** Ends every instance, each with its grace, then the engines. What is on disk stays. */
    public void down() throws EngineException {
        List<String> troubles = new ArrayList<>();
        attempt(troubles, this::endContainers);
        attempt(troubles, () -> endMachines(false));
        attempt(troubles, () -> stop(OvsEngine.daemons(place())));
        complain("not everything could be stopped", troubles);
    }

    /** {@link #down}, and then removes instances, images, ports, bridges, mounts, cgroups, and everything that the agent kept. */
    public void purge() throws EngineException {
        List<String> troubles = new ArrayList<>();
        attempt(troubles, this::endContainers);
        attempt(troubles, () -> DockerEngine.clear(root));
        attempt(troubles, () -> endMachines(true));
        attempt(troubles, LibvirtEngine::clear);
        attempt(troubles, this::removePorts);
        attempt(troubles, () -> stop(OvsEngine.daemons(place())));
        attempt(troubles, this::removeFiles);
        complain("not everything could be removed", troubles);
    }

    private void endContainers() throws EngineException, IOException {
        List<Daemon> daemons = DockerEngine.daemons(root);
        if (daemons.stream().anyMatch(Daemons::running) || mentioned(root.resolve("run/containerd.sock"))) {
            try {
                DockerEngine.install(root);
                start(daemons);
                try (DockerInstances containers = new DockerInstances(root)) {
                    end(containers);
                }
            } catch (EngineException e) {
                LOG.warn("containers cannot be asked to end, they are killed: {}", e.getMessage());
            }
        }
        stop(daemons);
        DockerEngine.end(root);
    }

    /** Ends every VM; with {@code remove} their definitions and disks go, too. */
    private void endMachines(boolean remove) throws EngineException, IOException {
        // The host's identity only marks migrations; nothing is told to the engine by it here.
        LibvirtEngine.Place machines = LibvirtEngine.Place.under(root, new UUID(0, 0));
        if (!Files.exists(machines.instances())) {
            return;
        }
        List<Daemon> daemons = LibvirtEngine.daemons(machines, false);
        if (!remove && daemons.stream().noneMatch(Daemons::running) && !mentioned(machines.instances())) {
            return;
        }
        try {
            start(daemons);
            try (LibvirtInstances driver =
                    new LibvirtInstances(machines, new LibvirtInstances.Settings(false, false), Instant::now)) {
                end(driver);
                if (remove) {
                    for (Found found : driver.list()) {
                        driver.remove(found.id());
                    }
                }
            }
        } finally {
            stop(daemons);
        }
    }

    /** All at once: twenty instances shall not take twenty times their grace. */
    private static void end(InstanceDriver driver) throws EngineException {
        ConcurrentLinkedQueue<String> troubles = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (Found found : driver.list()) {
            if (found.state() == Found.State.RUNNING) {
                threads.add(Thread.ofVirtual().start(() -> {
                    try {
                        driver.stop(found.id(), GRACE);
                    } catch (EngineException e) {
                        troubles.add(found.id() + ": " + e.getMessage());
                    }
                }));
            }
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new EngineException(EngineException.Kind.UNAVAILABLE, "interrupted", e);
            }
        }
        complain("instances did not end", List.copyOf(troubles));
    }

    private void removePorts() throws EngineException {
        OvsEngine.Place place = place();
        if (!Files.exists(place.data().resolve("conf.db"))) {
            return;
        }
        List<Daemon> switches =
                OvsEngine.daemons(place).subList(0, 2); // the database and the switch; nobody decides any more
        start(switches);
        try (Ovsdb database = new Ovsdb(OvsEngine.database(place), DATABASE)) {
            OvsPorts ports =
                    new OvsPorts(database, place, OvsEngine.Datapath.NETDEV); // only for making ports does it matter
            Set<UUID> instances = new LinkedHashSet<>();
            for (PortSeen port : ports.list()) {
                instances.add(port.instance());
            }
            for (UUID instance : instances) {
                ports.detach(instance);
            }
            OvsEngine.remove(database, place);
        }
    }

    private void removeFiles() throws IOException {
        delete(root.resolve("agent"));
        Path run = root.resolve("run");
        for (String name : List.of("docker", "containerd", "libvirt", "virtlogd", "ovs", "agent")) {
            if (Files.isDirectory(run)) {
                try (Stream<Path> all = Files.list(run)) {
                    for (Path path : all.filter(p -> named(p, name)).toList()) {
                        delete(path);
                    }
                }
            }
        }
    }

    private static boolean named(Path path, String name) {
        return String.valueOf(path.getFileName()).matches(name + "(d)?([.-].*)?");
    }

    private OvsEngine.Place place() {
        return OvsEngine.Place.under(root);
    }

    private static void start(List<Daemon> daemons) throws EngineException {
        for (Daemon daemon : daemons) {
            Daemons.start(daemon);
        }
    }

    private static void stop(List<Daemon> daemons) throws EngineException {
        for (Daemon daemon : daemons.reversed()) {
            Daemons.stop(daemon, DAEMON_GRACE);
        }
    }

    /** True if the command line of some process names this path: shims and guests name that of their engine. */
    private static boolean mentioned(Path path) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(process -> String.valueOf(process.getFileName()).matches("[0-9]+"))
                    .filter(process -> !process.endsWith(
                            Long.toString(ProcessHandle.current().pid())))
                    .anyMatch(process -> names(process.resolve("cmdline"), path));
        }
    }

    private static boolean names(Path commandLine, Path path) {
        try {
            return Files.readString(commandLine, java.nio.charset.StandardCharsets.ISO_8859_1)
                    .contains(path.toString());
        } catch (IOException e) {
            return false; // it ended meanwhile
        }
    }

    private static void delete(Path top) throws IOException {
        if (!Files.exists(top, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(top)) {
            all = walk.sorted(java.util.Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    private static void attempt(List<String> troubles, Part part) {
        try {
            part.run();
        } catch (EngineException | IOException e) {
            troubles.add(String.valueOf(e.getMessage()));
        }
    }

    private static void complain(String what, List<String> troubles) throws EngineException {
        if (!troubles.isEmpty()) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, what + ": " + String.join("; ", troubles));
        }
    }
}
