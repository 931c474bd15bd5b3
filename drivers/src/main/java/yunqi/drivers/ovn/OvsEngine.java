package yunqi.drivers.ovn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.CRC32;
import yunqi.core.base.EngineException;
import yunqi.core.base.IpAddress;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Daemons;

/**
 * The Open vSwitch and the ovn-controller of a host. Use: {@link #prepare}, then start the {@link #daemons} in their order; both may be repeated,
 * also while everything runs.
 *
 * <p>Two state roots on one machine don't meet: sockets, databases and the bridge are the root's own. But a network namespace holds only one
 * userspace datapath (Open vSwitch names its device {@code ovs-netdev}), so where the kernel has none, the second root needs a namespace of its own.
 */
public final class OvsEngine {
    static final String DATABASE = "Open_vSwitch";
    private static final Path SCHEMA = Path.of("/usr/share/openvswitch/vswitch.ovsschema");
    private static final Path KERNEL_DATAPATH = Path.of("/sys/class/net/ovs-system");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration QUICK = Duration.ofSeconds(10);

    private OvsEngine() {}

    /** Which packets' path: the kernel's module, or Open vSwitch's own threads where the kernel has none. */
    public enum Datapath {
        SYSTEM,
        NETDEV;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Where it lives: {@code data} keeps the database, {@code run} has sockets and pid files, {@code log} the logs; {@code bridge} is the name of
     * the integration bridge; {@code namespace} is the network namespace that is this host, if not the one we are in.
     */
    public record Place(Path data, Path run, Path log, String bridge, Optional<String> namespace) {
        /** The folders under a state root, as all parts know them; the bridge's name is derived from the root's path. */
        public static Place under(Path root) {
            return under(root, Optional.empty());
        }

        public static Place under(Path root, Optional<String> namespace) {
            var sum = new CRC32();
            sum.update(root.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
            return new Place(
                    root.resolve("agent/ovs"),
                    root.resolve("run/ovs"),
                    root.resolve("log"),
                    "yq-" + HexFormat.of().toHexDigits((int) sum.getValue()),
                    namespace);
        }

        Path socket() {
            return run.resolve("db.sock");
        }

        /** The beginning of a command that runs on this host: nothing, unless the host is a namespace. */
        List<String> on() {
            return namespace
                    .map(name -> List.of("nsenter", "--net=/run/netns/" + name, "--"))
                    .orElse(List.of());
        }
    }

    /** What the host tells OVN of itself, and where the southbound is ({@code unix:}, {@code tcp:} or {@code ssl:}, with its PEM files). */
    public record Settings(UUID host, String hostname, String southbound, IpAddress tunnel, Optional<Pem> tls) {}

    /** The PEM files that prove who this host is, and say whom it trusts. */
    public record Pem(Path key, Path certificate, Path authority) {}

    /** Where the host's own database answers: for {@link OvsPorts}. */
    public static OvsdbAddress database(Place place) {
        return new OvsdbAddress.Unix(place.socket());
    }

    /**
     * The kernel's datapath if the kernel has one and nobody else uses it: there is one a namespace, and a second Open vSwitch would remove the
     * ports of the first. What was once chosen for our bridge is kept, as long as the kernel still has it.
     */
    private static Datapath probe(Place place, Ovsdb database) throws EngineException {
        if (!Files.isDirectory(Path.of("/sys/module/openvswitch"))) {
            Command.Result loaded = Command.run(QUICK, Map.of(), List.of("modprobe", "openvswitch"));
            if (!loaded.good() || !Files.isDirectory(Path.of("/sys/module/openvswitch"))) {
                return Datapath.NETDEV;
            }
        }
        JsonNode bridges = database.transact(
                        DATABASE,
                        List.of(OvsdbJson.select(
                                "Bridge", OvsdbJson.where("name", place.bridge()), List.of("datapath_type"))))
                .getFirst()
                .path("rows");
        if (!bridges.isEmpty()) {
            return bridges.path(0).path("datapath_type").asText().equals(Datapath.NETDEV.word())
                    ? Datapath.NETDEV
                    : Datapath.SYSTEM;
        }
        return Files.exists(KERNEL_DATAPATH) ? Datapath.NETDEV : Datapath.SYSTEM;
    }

    /**
     * Makes folders and the database, starts the database's server, and tells it who this host is and where the southbound is: ovn-controller looks
     * once when it starts, and would make a bridge of its own choice. Gives back the datapath, for {@link OvsPorts}. At the first call after the
     * machine was started, rows of ports are removed: namespaces and interfaces don't outlive a boot, and {@link OvsPorts#attach} makes all anew.
     */
    public static Datapath prepare(Place place, Settings settings) throws EngineException {
        makeFiles(place);
        Daemons.start(daemons(place).getFirst());
        try (Ovsdb database = new Ovsdb(database(place), PATIENCE)) {
            Datapath datapath = probe(place, database);
            OvsRows.Host host = OvsRows.read(database, place.bridge());
            List<ObjectNode> change = OvsRows.configuration(host, place, settings, datapath, bootId());
            if (!change.isEmpty()) {
                database.transact(DATABASE, change);
            }
            if (datapath == Datapath.NETDEV) {
                HostWall.raise(place);
            }
            return datapath;
        }
    }

    private static void makeFiles(Place place) throws EngineException {
        try {
            for (Path folder : List.of(place.data(), place.run(), place.log())) {
                Files.createDirectories(folder);
            }
            // ovn-controller 23.03 puts its pid into the name of its socket, so each kill would leave one behind.
            try (DirectoryStream<Path> sockets = Files.newDirectoryStream(place.run(), "ovn-controller.*.ctl")) {
                for (Path socket : sockets) {
                    if (!answers(socket)) {
                        Files.deleteIfExists(socket);
                    }
                }
            }
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot make Open vSwitch's folders: " + e.getMessage(), e);
        }
        if (!answers(place.socket())) {
            new DatabaseFile(place.data().resolve("conf.db"), SCHEMA).prepare(Optional.empty());
        }
    }

    /** The three daemons, in the order of their start. They stay in the foreground: our supervisor restarts them, not their own monitor. */
    public static List<Daemon> daemons(Place place) {
        String database = "unix:" + place.socket();
        return List.of(
                daemon(
                        place,
                        "ovsdb-server",
                        List.of(
                                "ovsdb-server",
                                "-vsyslog:off",
                                "--unixctl=" + place.run().resolve("db.ctl"),
                                "--remote=punix:" + place.socket(),
                                place.data().resolve("conf.db").toString()),
                        new Daemon.Ready.Socket(place.socket())),
                daemon(
                        place,
                        "ovs-vswitchd",
                        List.of(
                                "ovs-vswitchd",
                                "-vsyslog:off",
                                "--unixctl=" + place.run().resolve("vswitchd.ctl"),
                                database),
                        new Daemon.Ready.Socket(place.run().resolve("vswitchd.ctl"))),
                daemon(
                        place,
                        "ovn-controller",
                        List.of("ovn-controller", "-vsyslog:off", database),
                        new Daemon.Ready.Running()));
    }

    private static Daemon daemon(Place place, String name, List<String> command, Daemon.Ready ready) {
        String run = place.run().toString();
        String data = place.data().toString();
        var all = new ArrayList<>(place.on());
        all.addAll(command);
        return new Daemon(
                name,
                all,
                Map.of(
                        "OVS_RUNDIR", run,
                        "OVN_RUNDIR", run,
                        "OVS_DBDIR", data,
                        "OVS_SYSCONFDIR", data,
                        "OVS_LOGDIR", place.log().toString(),
                        "OVN_LOGDIR", place.log().toString()),
                place.run().resolve(name + ".pid"),
                place.log().resolve(name + ".log"),
                Optional.empty(),
                ready,
                PATIENCE);
    }

    /**
     * The opposite of {@link #prepare}: afterwards no bridge, no device and no rule of ours is on the machine. Call it before the daemons are
     * stopped, as Open vSwitch takes its own devices away best; of what it cannot, since it doesn't run, only the devices are left, and go too.
     */
    public static void remove(Ovsdb database, Place place) throws EngineException {
        boolean userspace = true;
        if (answers(place.socket())) {
            OvsRows.Host host = OvsRows.read(database, place.bridge());
            userspace = host.bridge()
                    .filter(bridge -> bridge.datapath().equals(Datapath.NETDEV.word()))
                    .isPresent();
            if (host.bridge().isPresent()) {
                database.transact(DATABASE, OvsRows.removal(host));
                if (answers(place.run().resolve("vswitchd.ctl"))) {
                    OvsRows.awaitApplied(database, QUICK);
                }
            }
        }
        // They outlive the process. The second is ours if the first was: a namespace has one.
        var links = new Links(place);
        if (links.there(place.bridge()) && userspace) {
            links.remove(List.of(place.bridge(), "ovs-netdev"));
        }
        HostWall.lower(place);
    }

    /** What the daemons are told of themselves, in the words of {@code Open_vSwitch.external_ids}. */
    static Map<String, String> identity(Place place, Settings settings, Datapath datapath) {
        var ids = new TreeMap<String, String>();
        ids.put("system-id", settings.host().toString());
        ids.put("hostname", settings.hostname());
        ids.put("ovn-remote", settings.southbound());
        ids.put("ovn-encap-type", "geneve");
        ids.put("ovn-encap-ip", settings.tunnel().toString());
        ids.put("ovn-bridge", place.bridge());
        ids.put("ovn-bridge-datapath-type", datapath.word());
        ids.put("ovn-monitor-all", "true"); // conditional monitoring costs the southbound more than it saves a host
        ids.put("ovn-remote-probe-interval", "60000"); // as the southbound's own: a busy machine isn't a dead one
        ids.put("ovn-openflow-probe-interval", "60");
        return ids;
    }

    private static String bootId() throws EngineException {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot read the boot's id: " + e.getMessage(), e);
        }
    }

    static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** True if someone listens on this socket. */
    static boolean answers(Path socket) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            return false;
        }
    }
}
