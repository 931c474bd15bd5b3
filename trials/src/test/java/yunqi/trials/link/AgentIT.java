package yunqi.trials.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.agent.link.Identity;
import yunqi.core.base.IpAddress;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.host.HostSeen;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.Phase;
import yunqi.core.network.Metadata;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;
import yunqi.core.wire.Link;
import yunqi.server.host.HostTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.Write;
import yunqi.server.streams.Streams;
import yunqi.trials.lab.Leftovers;
import yunqi.trials.lab.Run;

/** A real agent in a process of its own, with real engines, at a server's end of the link in this one. Needs root and the packages of a host. */
final class AgentIT {
    private static final Path ROOT =
            Path.of("/tmp/yq-agent-it"); // fixed: what a killed run left is cleared by the next
    private static final Path LOG = Path.of("/tmp/yq-agent-it.log"); // for whoever wonders why it failed
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final NetworkId NETWORK = new NetworkId(new UUID(3, 4));
    private static final String METADATA =
            "yqp" + Metadata.port(NETWORK).brief(); // the host's side of the metadata service's port
    private static final long RESIDENT_LIMIT_KIB = 150 * 1024; // the promise of docs/specification.md

    @TempDir
    Path scratch;

    private MemoryRegistry registry;
    private TwoEnds ends;
    private Process agent;
    private HostId host;
    private final List<String> ours = new ArrayList<>(); // parts of the names of what is on the machine's network

    @BeforeEach
    void start() throws Exception {
        clear();
        registry = new MemoryRegistry(Files.createDirectories(scratch.resolve("image")));
        ends = new TwoEnds(Files.createDirectories(scratch.resolve("server")), registry.address());
        Files.createDirectories(ROOT.resolve("agent"));
        Files.writeString(ROOT.resolve("agent/agent.json"), "{\"name\": \"one\"}");
        host = ends.join("one", new Identity(ROOT.resolve("agent/identity")));
        agent = agent("run");
    }

    @AfterEach
    void stop() throws Exception {
        agent.destroyForcibly().waitFor();
        clear();
        ends.close();
        registry.close();
    }

    private static void clear() throws Exception {
        if (Files.exists(ROOT.resolve("agent/agent.json"))) {
            assertThat(agent("purge").waitFor()).isZero();
        }
        new ProcessBuilder("rm", "-rf", ROOT.toString()).start().waitFor();
    }

    @Test
    void whatRunsOutlivesAgentAndEngineAndLeavesNothingWhenItIsToGo() throws Exception {
        UUID web = instance("web", "54321");
        await("web runs", () -> phase(web) == Phase.RUNNING);
        ours.forEach(part -> assertThat(Leftovers.network()).anyMatch(name -> name.contains(part)));
        long process = sleeper("54321").orElseThrow();
        assertThat(say(web, "echo", "hello from inside")).isEqualTo("hello from inside\n");
        await("instances can ask about themselves", AgentIT::someoneAnswers);
        ours.add(METADATA);
        assertThat(resident(agent.pid())).isLessThan(RESIDENT_LIMIT_KIB);

        agent.destroyForcibly().waitFor();
        assertThat(sleeper("54321")).contains(process);
        ends.pass(Duration.ofMinutes(1));
        agent = agent("run");
        await("the agent is back", () -> heardNow() && engine("dockerd").running());
        kill("dockerd");
        await(
                "dockerd is started again",
                () -> engine("dockerd").restarts() == 1 && engine("dockerd").running());
        assertThat(say(web, "echo", "still here")).isEqualTo("still here\n");
        await("the next agent answers, too", AgentIT::someoneAnswers);
        assertThat(sleeper("54321")).contains(process);

        UUID gone = instance("gone", "54322");
        await("gone runs", () -> phase(gone) == Phase.RUNNING);
        ends.done(new Write.MarkDeleted(gone, 1, ends.clock.now()));
        await("gone is absent", () -> phase(gone) == Phase.ABSENT);
        assertThat(sleeper("54322")).isEmpty();

        agent.destroy();
        assertThat(agent.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(sleeper("54321")).contains(process);
        assertThat(agent("down").waitFor()).isZero();
        assertThat(Leftovers.processes(ROOT)).isEmpty();
        assertThat(sleeper("54321")).isEmpty();
        assertThat(agent("down").waitFor()).as("once more").isZero();

        agent = agent("run");
        await("web runs again", () -> sleeper("54321").isPresent());
        agent.destroy();
        assertThat(agent.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(agent("purge").waitFor()).isZero();
        assertThat(Leftovers.processes(ROOT)).isEmpty();
        assertThat(Leftovers.network()).noneMatch(name -> ours.stream().anyMatch(name::contains));
        assertThat(Files.exists(ROOT.resolve("agent"))).isFalse();
        assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(ROOT.toString());
    }

    private UUID instance(String name, String seconds) {
        PortId port = new PortId(UUID.randomUUID());
        NicPlan nic = new NicPlan(
                port,
                NETWORK,
                new Name("default"),
                new MacAddress("0a:00:00:00:00:01"),
                IpAddress.parse("10.0.0.2"),
                24,
                IpAddress.parse("10.0.0.1"),
                "demo.internal",
                1442);
        UUID id = ends.instanceOn(
                host,
                name,
                TwoEnds.spec(List.of("sleep", seconds)),
                ends.decided(host, registry.busybox, List.of(nic)));
        ours.addAll(List.of(port.brief(), id.toString().replace("-", "").substring(0, 12)));
        return id;
    }

    private Phase phase(UUID id) {
        return InstanceTable.read(ends.store.get(id).orElseThrow())
                .seen()
                .map(InstanceSeen::phase)
                .orElse(Phase.ABSENT);
    }

    private boolean heardNow() {
        return HostTable.read(ends.store.get(host.value()).orElseThrow())
                .seen()
                .lastContact()
                .equals(Optional.of(ends.clock.now()));
    }

    private HostSeen.EngineSeen engine(String name) {
        return HostTable.read(ends.store.get(host.value()).orElseThrow()).seen().engines().stream()
                .filter(engine -> engine.name().equals(name))
                .findFirst()
                .orElse(new HostSeen.EngineSeen(name, false, 0, ""));
    }

    /** Runs a command inside, and gives back what it printed. */
    private String say(UUID id, String... command) throws Exception {
        StringBuilder heard = new StringBuilder();
        CountDownLatch closed = new CountDownLatch(1);
        String ticket = ends.streams.request(
                host, new Streams.Ask(Link.StreamKind.EXEC, id, List.of(command), false, 0, false), () -> true);
        Streams.Side user = new Streams.Side() {
            @Override
            public void send(ByteBuffer frame) {
                boolean output = frame.get() == Link.OUTPUT;
                String text = StandardCharsets.UTF_8.decode(frame).toString();
                synchronized (heard) {
                    heard.append(output ? text : text.contains("\"exitCode\":0") ? "" : text);
                }
            }

            @Override
            public void close(String trouble) {
                heard.append(trouble);
                closed.countDown();
            }
        };
        assertThat(ends.streams.user(ticket, user)).isPresent();
        assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
        return heard.toString();
    }

    /** The process in the container, by its command line. */
    private static Optional<Long> sleeper(String seconds) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").endsWith("sleep " + seconds))
                .filter(process -> !process.info().commandLine().orElse("").contains("tini"))
                .map(ProcessHandle::pid)
                .findFirst();
    }

    private static void kill(String daemon) throws IOException {
        String pid = Files.readString(ROOT.resolve("run/" + daemon + ".pid")).split(" ", -1)[0];
        ProcessHandle.of(Long.parseLong(pid)).orElseThrow().destroyForcibly();
    }

    private static long resident(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }

    private static Process agent(String word) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dlogback.configurationFile=logback.xml", // not the tests' own
                        "-cp",
                        System.getProperty("java.class.path"),
                        "yunqi.agent.Main",
                        word,
                        "--config",
                        ROOT.resolve("agent/agent.json").toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(LOG.toFile()))
                .start();
    }

    /** True if the metadata service of the network listens in its namespace. Who asks from there is no instance, and told so. */
    private static boolean someoneAnswers() {
        String link = run("ip", "link", "show", "dev", METADATA).output();
        var owner = Pattern.compile("alias yunqi \\S+ ([0-9a-f-]{36})").matcher(link);
        return owner.find()
                && run(
                                "nsenter",
                                "--net=/run/netns/yq-"
                                        + owner.group(1).replace("-", "").substring(0, 12),
                                "timeout",
                                "5",
                                "busybox",
                                "wget",
                                "-qO-",
                                "http://" + Metadata.ADDRESS + "/")
                        .errors()
                        .contains("404");
    }

    private static Run run(String... command) {
        return Run.of(LONG, Map.of(), List.of(command));
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what + " in time").isLessThan(end);
            Thread.sleep(50);
        }
    }
}
