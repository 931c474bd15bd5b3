package yunqi.drivers.ovn;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.within;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Cidr;
import yunqi.core.base.EngineException;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.network.Metadata;
import yunqi.core.network.Network;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortId;
import yunqi.drivers.process.Command;

/** What passes between ports and what doesn't: two projects with the same block of addresses on one host. */
final class OvnTrafficIT {
    private static final Cidr BLOCK = Cidr.parse("10.0.0.0/24");
    private static OvnLab lab;
    private static Instance web;
    private static Instance db;
    private static Instance stranger;
    private static final List<UUID> SERVICES = new ArrayList<>(); // the metadata service of each project's network

    /** An instance with one port. */
    record Instance(UUID id, NetworkPlan.Port port, String device) {
        String ip() {
            return port.ip().toString();
        }

        Command.Result run(String... command) throws EngineException {
            return OvnLab.in(id, command);
        }

        boolean pings(String address) throws EngineException {
            return run("busybox", "ping", "-c", "1", "-W", "1", address).good();
        }

        /** Frames that have arrived. */
        long received() throws Exception {
            return Long.parseLong(run("cat", "/proc/self/net/dev")
                    .output()
                    .lines()
                    .filter(line -> line.strip().startsWith("eth0:"))
                    .findFirst()
                    .orElseThrow()
                    .strip()
                    .split("\\s+", -1)[2]);
        }
    }

    @BeforeAll
    static void start() throws Exception {
        lab = OvnLab.start(3, 1);
        List<Instance> blue = project("blue", List.of("web", "db"));
        web = blue.get(0);
        db = blue.get(1);
        stranger = project("red", List.of("web", "cache")).get(1);
        within(
                OvnLab.PATIENCE,
                "all flows are in place",
                () -> lab.host(0).ports().list().stream()
                        .allMatch(port -> port.installed() || SERVICES.contains(port.instance())));
    }

    @AfterAll
    static void stop() throws Exception {
        for (var port : lab.host(0).ports().list()) {
            lab.host(0).ports().detach(port.instance());
        }
        lab.close();
    }

    private static List<Instance> project(String project, List<String> names) throws Exception {
        var ports = new ArrayList<NetworkPlan.Port>();
        for (String name : names) {
            int number = ports.size() + 5;
            ports.add(new NetworkPlan.Port(
                    new PortId(UUID.randomUUID()),
                    new Name(name),
                    MacAddress.of(BLOCK.at(number)),
                    BLOCK.at(number),
                    Optional.of(new HostId(lab.host(0).id()))));
        }
        NetworkPlan plan = new NetworkPlan(
                new NetworkId(UUID.randomUUID()),
                new Name(project),
                new Name("default"),
                BLOCK,
                BLOCK.at(1),
                project + ".internal",
                Network.MTU,
                ports);
        lab.networks().apply(plan, 1);
        var instances = new ArrayList<Instance>();
        for (NetworkPlan.Port port : ports) {
            UUID id = UUID.randomUUID();
            lab.host(0).ports().attach(id, PortDriver.Form.NAMESPACE, List.of(OvsPortsIT.nic(plan, port)));
            instances.add(new Instance(id, port, LinkScript.device(port.id())));
        }
        UUID service = UUID.randomUUID();
        NicPlan nic = Metadata.nic(OvsPortsIT.nic(plan, ports.getFirst()));
        lab.host(0).ports().attach(service, PortDriver.Form.NAMESPACE, List.of(nic));
        SERVICES.add(service);
        return instances;
    }

    @Test
    void instancesOfOneNetworkAndTheGatewayAnswer() throws Exception {
        assertThat(web.pings(db.ip())).isTrue();
        assertThat(db.pings(web.ip())).isTrue();
        assertThat(web.pings(BLOCK.at(1).toString())).isTrue();
    }

    /** Each network has its own service at one address, and the service knows who asks. */
    @Test
    void eachNetworkReachesItsOwnMetadataServiceAndNobodyAsksForAnother() throws Exception {
        try (Echo blue = new Echo("blue", SERVICES.get(0));
                Echo red = new Echo("red", SERVICES.get(1))) {
            within(OvnLab.PATIENCE, "blue's service answers", () -> ask(web).equals("blue /" + web.ip()));
            assertThat(ask(db)).isEqualTo("blue /" + db.ip());
            within(OvnLab.PATIENCE, "red's service answers", () -> ask(stranger).equals("red /" + stranger.ip()));

            int asked = blue.asked.size();
            web.run("ip", "addr", "add", db.ip() + "/32", "dev", "eth0");
            String service = Metadata.ADDRESS + "/32";
            web.run("ip", "route", "replace", service, "via", BLOCK.at(1).toString(), "dev", "eth0", "src", db.ip());
            assertThat(web.run("ip", "route", "get", Metadata.ADDRESS.toString())
                            .output())
                    .contains("src " + db.ip());
            assertThat(ask(web)).as("from another's address").isEmpty();
            web.run("ip", "addr", "del", db.ip() + "/32", "dev", "eth0");
            web.run("ip", "route", "replace", service, "dev", "eth0", "src", web.ip());
            assertThat(ask(web)).as("past the router").isEqualTo("blue /" + web.ip());
            web.run("ip", "route", "del", service, "dev", "eth0");
            assertThat(blue.asked.subList(asked, blue.asked.size())).containsExactly(web.ip());
            assertThat(red.asked).containsOnly(stranger.ip());
        }
        assertThat(ask(web)).as("nobody listens any more").isEmpty();
    }

    private static String ask(Instance who) throws EngineException {
        return who.run("sh", "-c", "timeout 5 busybox nc -w 3 " + Metadata.ADDRESS + " 80 < /dev/null")
                .output();
    }

    /** Says its name and who asks. */
    private static final class Echo implements AutoCloseable {
        private final ServerSocketChannel listener;
        private final List<String> asked = Collections.synchronizedList(new ArrayList<>());

        Echo(String name, UUID service) throws EngineException {
            listener = NamespaceSocket.listen(
                    LinkScript.namespacePath(service), new InetSocketAddress(Metadata.ADDRESS.toString(), 80));
            Thread.ofVirtual().start(() -> answer(name));
        }

        private void answer(String name) {
            while (listener.isOpen()) {
                try (SocketChannel channel = listener.accept()) {
                    InetAddress from = channel.socket().getInetAddress();
                    asked.add(from.getHostAddress());
                    channel.write(ByteBuffer.wrap((name + " " + from).getBytes(StandardCharsets.UTF_8)));
                } catch (IOException e) {
                    if (listener.isOpen()) {
                        asked.add(e.toString());
                    }
                }
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    @Test
    void tcpPassesWithRightChecksums() throws Exception {
        Thread server = Thread.ofVirtual().start(() -> {
            try {
                db.run("timeout", "10", "busybox", "nc", "-l", "-p", "8080", "-e", "echo", "hello from db");
            } catch (EngineException e) {
                throw new IllegalStateException(e);
            }
        });
        within(
                OvnLab.PATIENCE,
                "a greeting by TCP",
                () -> web.run("sh", "-c", "timeout 5 busybox nc -w 3 " + db.ip() + " 8080 < /dev/null")
                        .output()
                        .contains("hello from db"));
        server.join();
    }

    @Test
    void twoProjectsWithTheSameAddressesDoNotMeet() throws Exception {
        // "red" has its own 10.0.0.5, so the name of the answerer is asked, not only whether there is an answer.
        assertThat(lookup(stranger, "web.red.internal").output()).contains("10.0.0.5");
        long before = web.received();
        assertThat(stranger.pings("10.0.0.5")).isTrue();
        assertThat(web.received()).isEqualTo(before);
        assertThat(lookup(stranger, "db.blue.internal").good()).isFalse();
        assertThat(lookup(stranger, "db").good()).isFalse();
    }

    private static Command.Result lookup(Instance asker, String name) throws EngineException {
        return asker.run(
                "timeout", "10", "busybox", "nslookup", name, BLOCK.at(1).toString());
    }

    @Test
    void namesAreFoundBothWaysAndByGlibc() throws Exception {
        assertThat(lookup(web, "db.blue.internal").output()).contains(db.ip());
        assertThat(lookup(web, "db").output()).contains(db.ip());
        assertThat(lookup(web, db.ip()).output()).contains("db.blue.internal");
        assertThat(resolve("db").output()).startsWith(db.ip()); // and not with what stands for "no IPv6"
        assertThat(resolve("db.blue.internal").output()).startsWith(db.ip());
        assertThat(withResolver("busybox ping -c 1 -W 2 db").good()).isTrue();
    }

    /** By the C library, as most programs do it. */
    private static Command.Result resolve(String name) throws Exception {
        return withResolver("getent ahosts " + name);
    }

    private static Command.Result withResolver(String command) throws Exception {
        Path settings = Files.createTempFile("yq-resolv", ".conf");
        try {
            Files.writeString(settings, "nameserver 10.0.0.1\nsearch blue.internal\n", StandardCharsets.UTF_8);
            String script = "mount --bind " + settings + " /etc/resolv.conf && " + command;
            return web.run("unshare", "--mount", "sh", "-c", script);
        } finally {
            Files.delete(settings);
        }
    }

    /** The gateway says that nobody serves there, and a resolver need not wait for its time-out. */
    @Test
    void unknownNamesFailQuickly() throws Exception {
        long begin = System.nanoTime();
        assertThat(resolve("nobody.blue.internal").good()).isFalse();
        assertThat(resolve("example.org").good()).isFalse();
        assertThat((System.nanoTime() - begin) / 1_000_000).isLessThan(5_000);
    }

    @Test
    void dhcpGivesWhatThePlanSays() throws Exception {
        Path script = Files.createTempFile("yq-udhcpc", ".sh");
        try {
            Files.writeString(script, "#!/bin/sh\n[ \"$1\" = bound ] && env\nexit 0\n", StandardCharsets.UTF_8);
            assertThat(script.toFile().setExecutable(true)).isTrue();
            Command.Result lease = db.run(
                    "busybox",
                    "udhcpc",
                    "-i",
                    "eth0",
                    "-n",
                    "-q",
                    "-f",
                    "-t",
                    "5",
                    "-O",
                    "hostname",
                    "-O",
                    "search",
                    "-O",
                    "mtu",
                    "-s",
                    script.toString());
            assertThat(lease.output() + lease.errors())
                    .contains("ip=" + db.ip())
                    .contains("router=10.0.0.1")
                    .contains("dns=10.0.0.1")
                    .contains("domain=blue.internal")
                    .contains("search=blue.internal")
                    .contains("hostname=db")
                    .contains("mtu=1442")
                    .contains("lease=43200")
                    .contains("mask=24");
        } finally {
            Files.delete(script);
        }
    }

    /** Sends three frames of a kind, and gives back how many arrived at the neighbour. */
    private static long arriving(Instance from, Instance to, String... command) throws Exception {
        long before = to.received();
        from.run(command);
        return to.received() - before;
    }

    @Test
    void spoofedFramesDoNotArrive() throws Exception {
        String neighbour =
                "ip neigh replace " + db.ip() + " lladdr " + db.port().mac() + " dev eth0";
        assertThat(web.run("sh", "-c", neighbour).good()).isTrue();
        String ping = "busybox ping -c 3 -i 1 -W 1 -A ";
        assertThat(arriving(web, db, "sh", "-c", ping + db.ip())).isGreaterThanOrEqualTo(3);
        assertThat(arriving(web, db, "sh", "-c", "busybox arping -U -c 3 -I eth0 " + web.ip()))
                .isGreaterThanOrEqualTo(3);

        web.run("ip", "addr", "add", "10.0.0.77/24", "dev", "eth0");
        web.run("ip", "addr", "add", "10.0.0.1/32", "dev", "eth0");
        assertThat(arriving(web, db, "sh", "-c", ping + "-I 10.0.0.77 " + db.ip()))
                .as("another's address")
                .isZero();
        assertThat(arriving(web, db, "sh", "-c", "busybox arping -U -c 3 -I eth0 10.0.0.1"))
                .as("ARP: I am the gateway")
                .isZero();
        web.run("ip", "addr", "del", "10.0.0.77/24", "dev", "eth0");
        web.run("ip", "addr", "del", "10.0.0.1/32", "dev", "eth0");

        web.run("ip", "link", "set", "eth0", "address", "0a:58:0a:00:00:63");
        web.run("sh", "-c", neighbour);
        assertThat(arriving(web, db, "sh", "-c", ping + db.ip()))
                .as("another's MAC")
                .isZero();
        web.run("ip", "link", "set", "eth0", "address", web.port().mac().toString());
        web.run("ip", "route", "replace", "default", "via", "10.0.0.1", "dev", "eth0");
        within(OvnLab.PATIENCE, "honest frames pass again", () -> web.pings(db.ip()));
    }

    @Test
    void anInstanceCannotReachTheHostPastTheNetwork() throws Exception {
        String host = lab.host(0).settings().tunnel().toString();
        String mac = lab.host(0).run("cat", "/proc/self/net/dev").contains(web.device())
                ? lab.host(0).run("ip", "-j", "link", "show", "dev", web.device())
                : "";
        String address = mac.replaceAll("(?s).*\"address\":\"([0-9a-f:]+)\".*", "$1");
        web.run("ip", "neigh", "replace", host, "lladdr", address, "dev", "eth0");
        web.run("ip", "route", "replace", host + "/32", "dev", "eth0");
        lab.host(0).run("ip", "route", "replace", web.ip() + "/32", "dev", web.device());
        lab.host(0)
                .run(
                        "ip",
                        "neigh",
                        "replace",
                        web.ip(),
                        "lladdr",
                        web.port().mac().toString(),
                        "dev",
                        web.device());
        assertThat(web.pings(host)).isFalse();
        // Without the wall it would answer: the test sees what it claims to see.
        HostWall.lower(lab.host(0).place());
        assertThat(web.pings(host)).isTrue();
        HostWall.raise(lab.host(0).place());
        assertThat(web.pings(host)).isFalse();
    }
}
