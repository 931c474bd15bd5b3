package yunqi.drivers.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.complains;
import static yunqi.drivers.contract.Eventually.within;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.Session;
import yunqi.core.network.Attachment;
import yunqi.core.network.PortId;
import yunqi.drivers.contract.SessionContract;

final class DockerInstancesIT extends SessionContract {
    private static @Nullable EngineHere engine;
    private static @Nullable LocalImage image;

    private final DockerInstances driver = new DockerInstances(engine().root());

    @BeforeAll
    static void start() throws Exception {
        engine = new EngineHere("ctr");
        BusyboxSource source = new BusyboxSource();
        try (DockerImages images = new DockerImages(engine().root(), source)) {
            image = images.ensure(source.good());
        }
    }

    @AfterAll
    static void stop() throws Exception {
        engine().remove();
    }

    @AfterEach
    void everythingRuns() throws Exception {
        engine().start();
    }

    private static EngineHere engine() {
        return Optional.ofNullable(engine).orElseThrow();
    }

    @Override
    protected InstanceDriver driver() {
        return driver;
    }

    @Override
    protected InstanceDriver reopened() {
        return new DockerInstances(engine().root());
    }

    @Override
    protected LocalImage image() {
        return Optional.ofNullable(image).orElseThrow();
    }

    private InstancePlan plan(InstanceId id, String... command) {
        return Plans.plan(id, image().digest(), List.of(command), Map.of("GREETING", "hello $(id) \"there\""));
    }

    @Override
    protected InstancePlan staying(InstanceId id) {
        return plan(id, "sh", "-c", "echo \"$GREETING\"; while :; do sleep 3600; done");
    }

    @Override
    protected Optional<Ending> ending(InstanceId id) {
        return Optional.of(new Ending(plan(id, "sh", "-c", "exit 7"), Optional.of(7)));
    }

    @Override
    protected Duration patience() {
        return Duration.ofSeconds(30);
    }

    @Override
    protected String greeting() {
        return "hello $(id) \"there\"";
    }

    @Override
    protected boolean executes() {
        return true;
    }

    @Override
    protected List<Attachment> attachments(InstancePlan plan) {
        return List.of(new Attachment.Namespace(new PortId(new UUID(1, 1)), engine().namespacePath(), "eth0"));
    }

    @Override
    protected Optional<AutoCloseable> stranger() throws Exception {
        return Optional.of(engine().stranger(image().location()));
    }

    private String run(InstanceId id, String script) throws Exception {
        try (Session session = driver.exec(id, List.of("sh", "-c", script), false)) {
            StringBuilder all = new StringBuilder();
            for (Optional<Session.Chunk> chunk = session.read(); chunk.isPresent(); chunk = session.read()) {
                all.append(StandardCharsets.UTF_8.decode(chunk.get().bytes()));
            }
            return all.toString();
        }
    }

    @Test
    void aContainerKnowsItsNamesAndServersAndKeepsItsAddressOverRestarts() throws Exception {
        InstanceId id = running();
        String address = "ip -4 addr show eth0 | grep -c " + Plans.IP;
        assertThat(run(id, address)).isEqualTo("1\n");
        assertThat(run(id, "hostname; hostname -f; cat /etc/resolv.conf"))
                .isEqualTo("web\nweb.demo.internal\nsearch demo.internal\nnameserver 10.9.8.1\n");
        driver.stop(id, GRACE);
        driver.start(id);
        assertThat(run(id, address)).isEqualTo("1\n");
        assertThat(run(id, "ping -c1 -w2 " + Plans.IP)).contains("1 packets received");
        assertThat(run(id, "ping -c1 -w2 web")).contains("1 packets received");
    }

    @Test
    void aContainerWithoutItsNamespaceDoesNotStart() throws Exception {
        InstanceId id = newId();
        InstancePlan plan = staying(id);
        var gone = new Attachment.Namespace(new PortId(new UUID(1, 1)), "/run/netns/yq-it-gone", "eth0");
        driver.create(assignment(plan, 1), image(), List.of(gone));
        complains(EngineException.Kind.UNAVAILABLE, () -> driver.start(id));
        var host = new Attachment.Namespace(new PortId(new UUID(1, 1)), "/proc/1/ns/net", "eth0");
        driver.create(assignment(plan, 2), image(), List.of(host));
        complains(EngineException.Kind.REFUSED, () -> driver.start(id));
        assertThat(found(id).state()).isEqualTo(Found.State.CREATED);
    }

    @Test
    void killingTheEngineTouchesNoContainer() throws Exception {
        InstanceId id = running();
        Found before = found(id);
        for (String daemon : List.of("dockerd", "containerd")) {
            engine().kill(daemon);
            engine().start();
            within(
                    patience(),
                    "it is found again after " + daemon + " died",
                    () -> driver.find(id).equals(Optional.of(before)));
            // Dockerd needs a moment to find a new containerd.
            within(patience(), "commands run in it", () -> hasItsAddress(id));
        }
        driver.stop(id, GRACE);
        awaitState(id, Found.State.EXITED);
    }

    @Test
    void anEngineKilledInTheMiddleOfTenLivesConverges() throws Exception {
        List<InstanceId> ids = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ids.add(newId());
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> lives = new ArrayList<>();
            for (InstanceId id : ids) {
                lives.add(threads.submit(() -> {
                    converge(id);
                    return id;
                }));
            }
            for (String daemon : List.of("dockerd", "containerd", "dockerd")) {
                within(patience(), "some life goes on", () -> !driver.list().isEmpty());
                engine().kill(daemon);
                engine().start();
            }
            for (Future<?> life : lives) {
                life.get();
            }
        }
        for (InstanceId id : ids) {
            awaitState(id, Found.State.RUNNING);
            within(patience(), "commands run in it", () -> hasItsAddress(id));
        }
    }

    private boolean hasItsAddress(InstanceId id) throws Exception {
        String said = run(id, "ip -4 addr show eth0 | grep -c " + Plans.IP);
        if (!said.equals("1\n")) {
            throw new EngineException(EngineException.Kind.BUSY, "it said: " + said);
        }
        return true;
    }

    @Test
    void aContainerThatEndedWhileItsEngineWasAwayIsSeenToHaveEnded() throws Exception {
        for (List<String> away : List.of(List.of("dockerd"), List.of("containerd"), List.of("dockerd", "containerd"))) {
            InstanceId id = running();
            long pid = engine().pid(id);
            for (String daemon : away) {
                engine().kill(daemon);
            }
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
            within(patience(), "its process is gone", () -> !Files.exists(Path.of("/proc/" + pid)));
            engine().start();
            within(
                    patience(),
                    "its end is seen after " + away + " came back",
                    () -> found(id).state() == Found.State.EXITED);
            within(patience(), "it starts again", () -> {
                driver.start(id);
                return found(id).state() == Found.State.RUNNING;
            });
        }
    }

    @Test
    void commandsRunAsTheyAreWhereContainerdLostTheRunsFolder() throws Exception {
        InstanceId id = running();
        engine().loseBundle(id);
        assertThat(run(id, "echo hi 2>&1")).isEqualTo("hi\n");
    }

    @Test
    void aRunThatDockerdForgotIsEnded() throws Exception {
        for (String how : List.of("start", "stop", "remove")) {
            InstanceId id = running();
            long pid = engine().forget(id);
            assertThat(found(id).state()).isEqualTo(Found.State.EXITED);
            switch (how) {
                case "start" -> driver.start(id);
                case "stop" -> driver.stop(id, GRACE);
                default -> driver.remove(id);
            }
            assertThat(Files.exists(Path.of("/proc/" + pid))).as(how).isFalse();
            assertThat(driver.find(id)
                            .filter(f -> f.state() == Found.State.RUNNING)
                            .isPresent())
                    .isEqualTo(how.equals("start"));
        }
    }

    @Test
    void afterACrashOfTheMachineContainersAreFoundAndStartAgain() throws Exception {
        InstanceId id = running();
        engine().crash();
        engine().start();
        within(patience(), "it is seen to have ended", () -> found(id).state() == Found.State.EXITED);
        within(patience(), "it starts again", () -> {
            driver.start(id);
            return found(id).state() == Found.State.RUNNING;
        });
        assertThat(run(id, "ip -4 addr show eth0 | grep -c " + Plans.IP)).isEqualTo("1\n");
    }

    /** What the agent's loop does: again, until it is as wanted. */
    private void converge(InstanceId id) throws Exception {
        within(Duration.ofSeconds(90), id + " runs", () -> {
            create(staying(id));
            driver.start(id);
            return found(id).state() == Found.State.RUNNING;
        });
    }

    @Test
    void aContainerThatUsesTooMuchMemoryIsKilled() throws Exception {
        InstanceId id = newId();
        create(plan(id, "sh", "-c", "tail -c 200m /dev/zero"));
        driver.start(id);
        awaitState(id, Found.State.EXITED);
        assertThat(found(id).exitCode()).contains(137);
        assertThat(found(id).note()).isEqualTo("out of memory");
    }

    @Test
    void aForkBombStaysInside() throws Exception {
        InstanceId id = newId();
        create(Plans.withMemory(staying(id), Bytes.gibibytes(2))); // so that it runs out of processes first
        driver.start(id);
        String bomb = "i=0; while [ $i -lt 5000 ]; do sleep 600 & i=$((i+1)); done";
        run(id, "(" + bomb + ") >/dev/null 2>&1; true");
        long count = engine().processes(id);
        assertThat(count).isBetween(ContainerRequest.PIDS_LIMIT - 50, ContainerRequest.PIDS_LIMIT);
        driver.remove(id);
    }

    @Test
    void aContainerCannotRaiseItsRightsNorMakeDevices() throws Exception {
        InstanceId id = running();
        assertThat(run(id, "grep -E '^NoNewPrivs' /proc/self/status")).isEqualTo("NoNewPrivs:\t1\n");
        assertThat(run(id, "mknod /x b 254 0 2>&1; ls /x 2>&1"))
                .contains("not permitted")
                .contains("No such file");
        assertThat(run(id, "ip link add d0 type dummy 2>&1")).contains("not permitted");
    }

    @Test
    void closingASessionEndsItsCommand() throws Exception {
        InstanceId id = running();
        String running = "ls /proc/[0-9]*/exe >/dev/null; ps | grep -c '[s]leep 12345'";
        for (boolean terminal : List.of(true, false)) {
            try (Session session = driver.exec(id, List.of("sh", "-c", "sleep 12345; true"), terminal)) {
                within(patience(), "it runs", () -> run(id, running).startsWith("2"));
                assertThat(session.exitCode()).isEmpty();
            }
            within(patience(), "it is gone", () -> run(id, running).startsWith("0"));
        }
    }

    @Test
    void aWatchGoesOnWhenTheEngineComesBack() throws Exception {
        InstanceId id = running();
        Set<InstanceId> woken = ConcurrentHashMap.newKeySet();
        try (AutoCloseable watch = driver.watch(woken::add)) {
            engine().kill("dockerd");
            woken.clear();
            engine().start();
            within(patience(), "what may have been missed wakes " + watch, () -> woken.contains(id));
            woken.clear();
            driver.stop(id, GRACE);
            within(patience(), "events come again", () -> woken.contains(id));
        }
    }

    @Test
    void recordsAreRemovedWithTheirContainers() throws Exception {
        InstanceId id = running();
        var records = DockerEngine.home(engine().root()).resolve("netns");
        assertThat(records).isNotEmptyDirectory();
        driver.remove(id);
        try (var files = Files.list(records)) {
            assertThat(files.toList()).isEmpty();
        }
    }

    /** The promise is 100 ms over the engine's own create and start. Both are run in turn, on the same engine. */
    @Test
    void theDriverAddsLittleToTheEnginesOwnTime() throws Exception {
        List<Duration> ours = new ArrayList<>();
        List<Duration> theirs = new ArrayList<>();
        DockerConnection docker = new DockerConnection(DockerEngine.socket(engine().root()), Duration.ofSeconds(30));
        for (int i = 0; i < 12; i++) {
            InstanceId id = newId();
            Instant begin = Instant.now();
            create(staying(id));
            driver.start(id);
            ours.add(Duration.between(begin, Instant.now()));
            driver.remove(id);
            begin = Instant.now();
            String other = docker.call("creating", c -> {
                String made = c.createContainerCmd(image().location())
                        .withHostConfig(com.github.dockerjava.api.model.HostConfig.newHostConfig()
                                .withNetworkMode("none")
                                .withRuntime("runc"))
                        .exec()
                        .getId();
                c.startContainerCmd(made).exec();
                return made;
            });
            theirs.add(Duration.between(begin, Instant.now()));
            docker.call("removing", c -> {
                c.removeContainerCmd(other).withForce(true).exec();
                return true;
            });
        }
        docker.close();
        assertThat(median(ours).minus(median(theirs)))
                .as("medians of driver and engine alone: " + median(ours) + ", " + median(theirs))
                .isLessThan(Duration.ofMillis(100));
    }

    private static Duration median(List<Duration> times) {
        return times.stream().sorted().skip(times.size() / 2).findFirst().orElseThrow();
    }
}
