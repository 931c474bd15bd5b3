package yunqi.drivers.ovn;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.complains;
import static yunqi.drivers.contract.Eventually.staysFor;
import static yunqi.drivers.contract.Eventually.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Daemons;

/** The client against a real ovsdb-server, by Unix socket and by TCP. */
final class OvsdbIT {
    private static final String DATABASE = "OVN_Northbound";

    @TempDir(factory = ShortTempDir.class)
    Path root;

    private Daemon server;
    private Ovsdb client;

    @BeforeEach
    void start() throws Exception {
        Path file = root.resolve("nb.db");
        new DatabaseFile(file, Path.of("/usr/share/ovn/ovn-nb.ovsschema")).prepare(Optional.empty());
        new DatabaseFile(file, Path.of("/usr/share/ovn/ovn-nb.ovsschema")).prepare(Optional.empty());
        Path socket = root.resolve("db.sock");
        server = new Daemon(
                "ovsdb-server",
                List.of(
                        "ovsdb-server",
                        "-vsyslog:off",
                        "--unixctl=" + root.resolve("db.ctl"),
                        "--remote=punix:" + socket,
                        "--remote=ptcp:17399:127.0.0.1",
                        file.toString()),
                Map.of(),
                root.resolve("db.pid"),
                root.resolve("db.log"),
                Optional.empty(),
                new Daemon.Ready.Socket(socket),
                Duration.ofSeconds(20));
        Daemons.start(server);
        client = new Ovsdb(new OvsdbAddress.Unix(socket), Duration.ofSeconds(10));
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        Daemons.stop(server, Duration.ofSeconds(2));
    }

    private static ObjectNode insertSwitch(String name) {
        ObjectNode row = OvsdbJson.object();
        row.put("name", name);
        return OvsdbJson.insert("Logical_Switch", "it", row);
    }

    private static List<ObjectNode> selectSwitches() {
        return List.of(OvsdbJson.select("Logical_Switch", OvsdbJson.everything(), List.of("name")));
    }

    private int switches() throws EngineException {
        return client.transact(DATABASE, selectSwitches())
                .getFirst()
                .path("rows")
                .size();
    }

    @Test
    void databasesAreListedByBothTransports() throws Exception {
        assertThat(client.databases()).contains(DATABASE);
        try (Ovsdb tcp = new Ovsdb(new OvsdbAddress.Tcp("127.0.0.1", 17_399), Duration.ofSeconds(5))) {
            assertThat(tcp.databases()).contains(DATABASE);
        }
    }

    @Test
    void aTransactionHappensWholeOrNotAtAll() throws Exception {
        ObjectNode impossible =
                OvsdbJson.mustExist("NB_Global", OvsdbJson.having("external_ids", "no", "such"), "name");
        complains(
                EngineException.Kind.BUSY, () -> client.transact(DATABASE, List.of(insertSwitch("half"), impossible)));
        assertThat(switches()).isZero();
        client.transact(DATABASE, List.of(insertSwitch("whole")));
        assertThat(switches()).isEqualTo(1);
    }

    @Test
    void mistakesAreRefused() {
        complains(EngineException.Kind.REFUSED, () -> client.transact("no_such_database", selectSwitches()));
        complains(
                EngineException.Kind.REFUSED,
                () -> client.transact(
                        DATABASE, List.of(OvsdbJson.select("No_Such_Table", OvsdbJson.everything(), List.of("name")))));
    }

    @Test
    void manyThreadsShareOneConnection() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> calls = IntStream.range(0, 100)
                    .<Future<?>>mapToObj(i -> threads.submit(() -> {
                        client.transact(DATABASE, List.of(insertSwitch("s" + i)));
                        return i;
                    }))
                    .toList();
            for (Future<?> call : calls) {
                call.get();
            }
        }
        assertThat(switches()).isEqualTo(100);
    }

    @Test
    void aServerThatWasKilledIsFoundAgain() throws Exception {
        client.transact(DATABASE, List.of(insertSwitch("before")));
        OvnLab.killAndRestart(server);
        within(Duration.ofSeconds(10), "the row is read again", () -> switches() == 1);
    }

    @Test
    void aServerThatIsAwayIsUnavailable() throws Exception {
        Daemons.stop(server, Duration.ofSeconds(2));
        try (Ovsdb impatient = new Ovsdb(new OvsdbAddress.Unix(root.resolve("db.sock")), Duration.ofMillis(200))) {
            complains(EngineException.Kind.UNAVAILABLE, impatient::databases);
        }
    }

    @Test
    void aServerThatHangsIsGivenUp() throws Exception {
        client.databases();
        long pid = Daemons.pid(server).orElseThrow();
        Command.must(Duration.ofSeconds(5), List.of("kill", "-STOP", Long.toString(pid)));
        try (Ovsdb impatient = new Ovsdb(new OvsdbAddress.Unix(root.resolve("db.sock")), Duration.ofMillis(300))) {
            complains(EngineException.Kind.UNAVAILABLE, impatient::databases);
        } finally {
            Command.must(Duration.ofSeconds(5), List.of("kill", "-CONT", Long.toString(pid)));
        }
        assertThat(client.databases()).contains(DATABASE);
    }

    /** The server asks us, too: it drops who doesn't answer. */
    @Test
    void theServersEchoIsAnswered() throws Exception {
        ObjectNode connection = OvsdbJson.object();
        connection.put("target", "ptcp:17398:127.0.0.1");
        connection.put("inactivity_probe", 1000);
        ObjectNode global = OvsdbJson.object();
        global.set("connections", OvsdbJson.named("c"));
        client.transact(
                DATABASE,
                List.of(OvsdbJson.insert("Connection", "c", connection), OvsdbJson.insert("NB_Global", "g", global)));
        Command.must(
                Duration.ofSeconds(5),
                List.of(
                        "ovs-appctl",
                        "-t",
                        root.resolve("db.ctl").toString(),
                        "ovsdb-server/add-remote",
                        "db:OVN_Northbound,NB_Global,connections"));
        try (OvsdbLink link =
                OvsdbLink.open(new OvsdbAddress.Tcp("127.0.0.1", 17_398), Duration.ofSeconds(5), notification -> {})) {
            // The server probes each second, and drops after another without an answer.
            staysFor(Duration.ofMillis(3_500), "connected", link::open);
            assertThat(link.call("list_dbs", OvsdbJson.array()).toString()).contains(DATABASE);
        }
    }

    /** Unix sockets have room for 107 characters. */
    static final class ShortTempDir implements org.junit.jupiter.api.io.TempDirFactory {
        @Override
        public Path createTempDirectory(
                org.junit.jupiter.api.extension.AnnotatedElementContext element,
                org.junit.jupiter.api.extension.ExtensionContext context)
                throws java.io.IOException {
            return Files.createTempDirectory(Path.of("/tmp"), "yq-db");
        }
    }
}
