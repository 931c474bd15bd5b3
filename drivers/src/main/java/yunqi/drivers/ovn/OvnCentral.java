package yunqi.drivers.ovn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Daemons;

/**
 * The site's own OVN: northbound database (on a Unix socket only), southbound database (for the hosts, by TLS), and northd between them. Use:
 * {@link #prepare}, then start the {@link #daemons} in their order; both may be repeated, also while everything runs.
 */
public final class OvnCentral {
    private static final Path SCHEMAS = Path.of("/usr/share/ovn");
    private static final Duration PATIENCE = Duration.ofSeconds(20); // a database of 100 MB is read in a few
    private static final Duration QUICK = Duration.ofSeconds(10);

    /** Silence after which the southbound asks a host; OVN's own default of 5 s drops hosts of a machine that is merely busy. */
    private static final int PROBE_MILLIS = 60_000;

    private static final String ROLE = "ovn-controller";

    private OvnCentral() {}

    /**
     * Where it lives: {@code data} keeps the databases, {@code run} has the sockets and pid files, {@code log} the logs. {@code user} is whom the
     * daemons run as if we are root.
     */
    public record Place(Path data, Path run, Path log, Optional<String> user) {
        /** The folders under a state root, as all parts know them. */
        public static Place under(Path root, Optional<String> user) {
            return new Place(root.resolve("server/ovn"), root.resolve("run/ovn"), root.resolve("log"), user);
        }

        Path northboundSocket() {
            return run.resolve("nb.sock");
        }

        Path southboundSocket() {
            return run.resolve("sb.sock");
        }
    }

    /** Where hosts reach the southbound, and the PEM files that prove who we are and say whom we trust. */
    public record Remote(String address, int port, Path key, Path certificate, Path authority) {
        String target() {
            return "pssl:" + port + ":" + address;
        }
    }

    /** Where the northbound answers: for {@link OvnNetworks}. */
    public static OvsdbAddress northbound(Place place) {
        return new OvsdbAddress.Unix(place.northboundSocket());
    }

    /** Where the southbound answers on this machine. */
    static OvsdbAddress southbound(Place place) {
        return new OvsdbAddress.Unix(place.southboundSocket());
    }

    /** Makes folders and databases, starts the southbound, and tells it where to listen. */
    public static void prepare(Place place, Remote remote) throws EngineException {
        makeFiles(place);
        Daemons.start(daemons(place, remote).get(1));
        try (Ovsdb southbound = new Ovsdb(southbound(place), PATIENCE)) {
            listen(southbound, remote);
        }
    }

    private static void makeFiles(Place place) throws EngineException {
        try {
            for (Path folder : List.of(place.data(), place.run(), place.log())) {
                Files.createDirectories(folder);
            }
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot make OVN's folders: " + e.getMessage(), e);
        }
        if (OvsEngine.root() && place.user().isPresent()) {
            Command.must(
                    QUICK,
                    List.of(
                            "chown",
                            place.user().get() + ":",
                            place.data().toString(),
                            place.run().toString()));
        }
        if (!OvsEngine.answers(place.northboundSocket())) {
            new DatabaseFile(place.data().resolve("nb.db"), SCHEMAS.resolve("ovn-nb.ovsschema")).prepare(place.user());
        }
        if (!OvsEngine.answers(place.southboundSocket())) {
            new DatabaseFile(place.data().resolve("sb.db"), SCHEMAS.resolve("ovn-sb.ovsschema")).prepare(place.user());
        }
    }

    /** The three daemons, in the order of their start. The southbound's port is in its database, the files of its keys are told here. */
    public static List<Daemon> daemons(Place place, Remote remote) {
        return List.of(
                daemon(
                        place,
                        "ovn-northbound",
                        List.of(
                                "ovsdb-server",
                                "-vsyslog:off",
                                "--unixctl=" + place.run().resolve("nb.ctl"),
                                "--remote=punix:" + place.northboundSocket(),
                                place.data().resolve("nb.db").toString()),
                        new Daemon.Ready.Socket(place.northboundSocket())),
                daemon(
                        place,
                        "ovn-southbound",
                        List.of(
                                "ovsdb-server",
                                "-vsyslog:off",
                                "--unixctl=" + place.run().resolve("sb.ctl"),
                                "--remote=punix:" + place.southboundSocket(),
                                "--remote=db:OVN_Southbound,SB_Global,connections",
                                "--private-key=" + remote.key(),
                                "--certificate=" + remote.certificate(),
                                "--ca-cert=" + remote.authority(),
                                place.data().resolve("sb.db").toString()),
                        new Daemon.Ready.Socket(place.southboundSocket())),
                daemon(
                        place,
                        "ovn-northd",
                        List.of(
                                "ovn-northd",
                                "-vsyslog:off",
                                "--unixctl=" + place.run().resolve("northd.ctl"),
                                "--ovnnb-db=unix:" + place.northboundSocket(),
                                "--ovnsb-db=unix:" + place.southboundSocket()),
                        new Daemon.Ready.Socket(place.run().resolve("northd.ctl"))));
    }

    private static Daemon daemon(Place place, String name, List<String> command, Daemon.Ready ready) {
        String run = place.run().toString();
        return new Daemon(
                name,
                command,
                Map.of(
                        "OVN_RUNDIR",
                        run,
                        "OVS_RUNDIR",
                        run,
                        "OVN_DBDIR",
                        place.data().toString()),
                place.run().resolve(name + ".pid"),
                place.log().resolve(name + ".log"),
                place.user(),
                ready,
                PATIENCE);
    }

    /**
     * The southbound remembers where to listen. Whoever connects has the role of a host, and OVN lets it write only what is its own: the name in
     * its certificate (the host's id) must be that of its chassis.
     */
    private static void listen(Ovsdb southbound, Remote remote) throws EngineException {
        String database = "OVN_Southbound";
        List<JsonNode> answers = southbound.transact(
                database,
                List.of(
                        OvsdbJson.select("SB_Global", OvsdbJson.everything(), List.of("connections")),
                        OvsdbJson.select(
                                "Connection",
                                OvsdbJson.everything(),
                                List.of("_uuid", "target", "inactivity_probe", "role"))));
        JsonNode connections = answers.get(1).path("rows");
        if (connections.size() == 1
                && connections.path(0).path("target").asText().equals(remote.target())
                && connections.path(0).path("inactivity_probe").asInt() == PROBE_MILLIS
                && connections.path(0).path("role").asText().equals(ROLE)) {
            return;
        }
        ObjectNode connection = OvsdbJson.object();
        connection.put("target", remote.target());
        connection.put("inactivity_probe", PROBE_MILLIS);
        connection.put("role", ROLE);
        ObjectNode global = OvsdbJson.object();
        global.set("connections", OvsdbJson.named("connection"));
        var operations = new ArrayList<ObjectNode>();
        operations.add(OvsdbJson.insert("Connection", "connection", connection));
        operations.add(
                answers.getFirst().path("rows").isEmpty()
                        ? OvsdbJson.insert("SB_Global", "global", global)
                        : OvsdbJson.update("SB_Global", OvsdbJson.everything(), global));
        southbound.transact(database, operations);
    }
}
