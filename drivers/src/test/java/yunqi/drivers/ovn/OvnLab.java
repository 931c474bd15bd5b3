package yunqi.drivers.ovn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import yunqi.core.base.EngineException;
import yunqi.core.base.IpAddress;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Daemons;

/**
 * A site of its own for one test class: central databases, and hosts that are network namespaces, reached by TLS as in production. The number
 * tells the classes apart, so that a run removes what an earlier one left behind.
 */
final class OvnLab {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration QUICK = Duration.ofSeconds(20);

    private final int number;
    private final Path root;
    private final OvnCentral.Place central;
    private final List<Host> hosts = new ArrayList<>();
    private final List<Ovsdb> clients = new ArrayList<>();

    /** One host. */
    record Host(
            UUID id, OvsEngine.Place place, OvsEngine.Settings settings, OvsEngine.Datapath datapath, Ovsdb database) {
        OvsPorts ports() {
            return new OvsPorts(database, place, datapath);
        }

        Daemon daemon(String name) {
            return OvsEngine.daemons(place).stream()
                    .filter(daemon -> daemon.name().equals(name))
                    .findFirst()
                    .orElseThrow();
        }

        String run(String... command) throws EngineException {
            return Command.must(QUICK, on(place, command));
        }
    }

    private OvnLab(int number) {
        this.number = number;
        this.root = Path.of("/tmp/yq-ovn-" + number);
        this.central = OvnCentral.Place.under(root, Optional.empty());
    }

    static OvnLab start(int number, int hosts) throws Exception {
        var lab = new OvnLab(number);
        lab.clear();
        Files.createDirectories(lab.root);
        lab.startCentral();
        for (int i = 1; i <= hosts; i++) {
            lab.startHost(i);
        }
        return lab;
    }

    Host host(int index) {
        return hosts.get(index);
    }

    OvnNetworks networks() {
        return new OvnNetworks(client(OvnCentral.northbound(central)));
    }

    Ovsdb client(OvsdbAddress address) {
        var client = new Ovsdb(address, Duration.ofSeconds(10));
        clients.add(client);
        return client;
    }

    OvnCentral.Place central() {
        return central;
    }

    String nbctl(String... command) throws EngineException {
        var all = new ArrayList<>(List.of("ovn-nbctl", "--db=unix:" + central.northboundSocket()));
        all.addAll(List.of(command));
        return Command.must(QUICK, all);
    }

    private OvnCentral.Remote remote() {
        return new OvnCentral.Remote(
                address(0, 0),
                17_400 + number,
                root.resolve("server.key"),
                root.resolve("server.crt"),
                root.resolve("ca.crt"));
    }

    private String address(int host, int side) {
        // Host 0 stands for the site itself, which listens everywhere.
        return host == 0 ? "0.0.0.0" : "169.254." + (70 + number) + "." + (host * 4 + side);
    }

    private void startCentral() throws Exception {
        openssl(
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=test authority",
                "-keyout",
                file("ca.key"),
                "-out",
                file("ca.crt"));
        certificate("server", "test server");
        OvnCentral.prepare(central, remote());
        for (Daemon daemon : OvnCentral.daemons(central, remote())) {
            Daemons.start(daemon);
        }
        OvnCentral.prepare(central, remote()); // as when the server starts again
    }

    private void startHost(int index) throws Exception {
        String namespace = namespace(index);
        String link = "yqo" + number + "u" + index;
        Command.must(QUICK, List.of("ip", "netns", "add", namespace));
        Command.must(
                QUICK,
                List.of("ip", "link", "add", link, "type", "veth", "peer", "name", "uplink", "netns", namespace));
        Command.must(QUICK, List.of("ip", "addr", "add", address(index, 1) + "/30", "dev", link));
        Command.must(QUICK, List.of("ip", "link", "set", link, "up"));
        Command.must(QUICK, List.of("ip", "-n", namespace, "addr", "add", address(index, 2) + "/30", "dev", "uplink"));
        Command.must(QUICK, List.of("ip", "-n", namespace, "link", "set", "uplink", "up"));
        Command.must(QUICK, List.of("ip", "-n", namespace, "link", "set", "lo", "up"));
        UUID id = new UUID(number, index);
        certificate("host-" + index, id.toString());
        OvsEngine.Place place = OvsEngine.Place.under(root.resolve("h" + index), Optional.of(namespace));
        var settings = new OvsEngine.Settings(
                id,
                "host-" + index,
                "ssl:" + address(index, 1) + ":" + remote().port(),
                IpAddress.parse(address(index, 2)),
                Optional.of(new OvsEngine.Pem(
                        root.resolve("host-" + index + ".key"),
                        root.resolve("host-" + index + ".crt"),
                        root.resolve("ca.crt"))));
        OvsEngine.Datapath datapath = OvsEngine.prepare(place, settings);
        for (Daemon daemon : OvsEngine.daemons(place)) {
            Daemons.start(daemon);
        }
        OvsEngine.prepare(place, settings); // as when the agent starts again
        hosts.add(new Host(id, place, settings, datapath, client(OvsEngine.database(place))));
    }

    private void certificate(String name, String commonName) throws Exception {
        openssl(
                "req",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                "/CN=" + commonName,
                "-keyout",
                file(name + ".key"),
                "-out",
                file(name + ".csr"));
        openssl(
                "x509",
                "-req",
                "-days",
                "2",
                "-in",
                file(name + ".csr"),
                "-CA",
                file("ca.crt"),
                "-CAkey",
                file("ca.key"),
                "-CAcreateserial",
                "-out",
                file(name + ".crt"));
    }

    private static void openssl(String... arguments) throws EngineException {
        Command.must(
                QUICK,
                Stream.concat(Stream.of("openssl"), Arrays.stream(arguments)).toList());
    }

    private String file(String name) {
        return root.resolve(name).toString();
    }

    private String namespace(int index) {
        return "yqo" + number + "h" + index;
    }

    static List<String> on(OvsEngine.Place place, String... command) {
        return Stream.concat(place.on().stream(), Arrays.stream(command)).toList();
    }

    /** Runs a program in an instance's namespace. */
    static Command.Result in(UUID instance, String... command) throws EngineException {
        return Command.run(
                QUICK,
                Map.of(),
                Stream.concat(
                                Stream.of("nsenter", "--net=" + LinkScript.namespacePath(instance), "--"),
                                Arrays.stream(command))
                        .toList());
    }

    /** Kills it as hard as can be, and starts it again, as the supervisor does. */
    static void killAndRestart(Daemon daemon) throws Exception {
        ProcessHandle process =
                ProcessHandle.of(Daemons.pid(daemon).orElseThrow()).orElseThrow();
        process.destroyForcibly();
        process.onExit().get();
        Daemons.start(daemon);
    }

    void close() throws Exception {
        for (Host host : hosts) {
            OvsEngine.remove(host.database(), host.place());
        }
        for (Ovsdb client : clients) {
            client.close();
        }
        clear();
    }

    private void clear() throws Exception {
        var daemons = new ArrayList<Daemon>();
        for (int i = 1; i <= 2; i++) {
            daemons.addAll(OvsEngine.daemons(OvsEngine.Place.under(root.resolve("h" + i), Optional.of(namespace(i)))));
        }
        daemons.addAll(OvnCentral.daemons(central, remote()));
        for (Daemon daemon : daemons.reversed()) {
            Daemons.stop(daemon, Duration.ofSeconds(2));
        }
        for (int i = 1; i <= 2; i++) {
            Command.run(QUICK, Map.of(), List.of("ip", "netns", "del", namespace(i)));
            Command.run(QUICK, Map.of(), List.of("ip", "link", "del", "yqo" + number + "u" + i));
        }
        if (Files.exists(root)) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                    delete(path);
                }
            }
        }
    }

    private static void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }
}
