package yunqi.drivers.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.base.EngineException;

final class DaemonsTest {
    private static final Duration GRACE = Duration.ofSeconds(5);

    @TempDir
    Path root;

    private final List<Daemon> made = new ArrayList<>();

    @AfterEach
    void endAll() throws EngineException {
        for (Daemon daemon : made) {
            Daemons.stop(daemon, Duration.ZERO);
        }
    }

    @Test
    void aStartedDaemonRunsIsFoundAgainAndStops() throws Exception {
        Daemon daemon = sleeper("plain");
        assertThat(Daemons.running(daemon)).isFalse();

        Daemons.start(daemon);

        long pid = Daemons.pid(daemon).orElseThrow();
        assertThat(Daemons.running(daemon)).isTrue();
        assertThat(Files.readAllLines(daemon.pidFile()).getFirst()).startsWith(pid + " ");
        Daemons.stop(daemon, GRACE);
        assertThat(Daemons.running(daemon)).isFalse();
        assertThat(gone(pid)).isTrue();
        Daemons.stop(daemon, GRACE);
    }

    @Test
    void aPidFileOfAnotherProcessIsIgnored() throws Exception {
        Daemon daemon = sleeper("reused");
        Files.createDirectories(daemon.pidFile().getParent());
        Files.writeString(daemon.pidFile(), ProcessHandle.current().pid() + " 1\n");

        assertThat(Daemons.running(daemon)).isFalse();
        Daemons.stop(daemon, Duration.ZERO);
        Files.writeString(daemon.pidFile(), ProcessHandle.current().pid() + " 1\n");
        Daemons.start(daemon);

        assertThat(Daemons.pid(daemon))
                .isPresent()
                .isNotEqualTo(Optional.of(ProcessHandle.current().pid()));
    }

    @Test
    void aPidFileOfAnEarlierBootOrFullOfNonsenseIsIgnored() throws Exception {
        Daemon daemon = sleeper("boot");
        Daemons.start(daemon);
        List<String> lines = Files.readAllLines(daemon.pidFile());

        Files.writeString(daemon.pidFile(), lines.getFirst() + "\n00000000-0000-0000-0000-000000000000\n");
        assertThat(Daemons.running(daemon)).isFalse();
        Files.writeString(daemon.pidFile(), "what is this\n");
        assertThat(Daemons.running(daemon)).isFalse();

        Files.write(daemon.pidFile(), lines);
        assertThat(Daemons.running(daemon)).isTrue();
    }

    @Test
    void startedByManyAtOnceItIsOneProcess() throws Exception {
        Daemon daemon = sleeper("once");
        List<Future<Long>> pids = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                pids.add(threads.submit(() -> {
                    Daemons.start(daemon);
                    return Daemons.pid(daemon).orElseThrow();
                }));
            }
        }
        long pid = Daemons.pid(daemon).orElseThrow();
        for (Future<Long> other : pids) {
            assertThat(other.get()).isEqualTo(pid);
        }
    }

    @Test
    void itSurvivesItsStarterAndIsFoundByTheNext() throws Exception {
        Daemon daemon = sleeper("orphan");
        Process starter = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Starter.class.getName(),
                        root.toString(),
                        "orphan")
                .inheritIO()
                .start();
        await(() -> Daemons.running(daemon));
        starter.destroyForcibly().waitFor();

        assertThat(Daemons.running(daemon)).isTrue();
        long pid = Daemons.pid(daemon).orElseThrow();
        Daemons.start(daemon);
        assertThat(Daemons.pid(daemon)).contains(pid);
    }

    @Test
    void whoDoesNotHeedTheRequestToEndIsKilledAfterTheGrace() throws Exception {
        Daemon daemon = shell("stubborn", "trap '' TERM; echo up >&2; touch \"$READY\"; while :; do sleep 1; done");
        Daemons.start(daemon);
        long pid = Daemons.pid(daemon).orElseThrow();

        Daemons.stop(daemon, Duration.ofMillis(200));

        assertThat(gone(pid)).isTrue();
    }

    @Test
    void itsWorkersEndWithItButWhoLeftTheGroupGoesOn() throws Exception {
        Daemon daemon = shell(
                "family",
                "sleep 1000 & echo $! > \"$READY.worker\"; setsid sleep 1001 & echo $! > \"$READY.guest\"; touch \"$READY\"; wait");
        Daemons.start(daemon);
        long worker = number("family.ready.worker");
        long guest = number("family.ready.guest");
        await(() -> groupOf(guest) == guest);

        Daemons.stop(daemon, GRACE);

        assertThat(gone(worker)).isTrue();
        assertThat(gone(guest)).isFalse();
        ProcessHandle.of(guest).orElseThrow().destroyForcibly();
    }

    @Test
    void workersOfAKilledLeaderAreClearedBeforeItsSuccessorStarts() throws Exception {
        Daemon daemon = shell("leftover", "sleep 1002 & echo $! > \"$READY.worker\"; touch \"$READY\"; wait");
        Daemons.start(daemon);
        long worker = number("leftover.ready.worker");
        ProcessHandle.of(Daemons.pid(daemon).orElseThrow()).orElseThrow().destroyForcibly();
        await(() -> !Daemons.running(daemon));
        assertThat(gone(worker)).isFalse();

        Daemons.start(daemon);

        assertThat(gone(worker)).isTrue();
        assertThat(number("leftover.ready.worker")).isNotEqualTo(worker);
    }

    @Test
    void whoEndsBeforeItIsReadyIsComplainedAboutWithItsLastWords() {
        Daemon daemon = shell("hasty", "echo 'the disk is full' >&2; exit 3");

        assertThatThrownBy(() -> Daemons.start(daemon))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("hasty ended before it was ready")
                .hasMessageContaining("the disk is full");
    }

    @Test
    void whoIsNotReadyInTimeIsLeftRunning() throws Exception {
        Daemon daemon = new Daemon(
                "slow",
                List.of("sleep", "1003"),
                Map.of(),
                root.resolve("run/slow.pid"),
                root.resolve("log/slow.log"),
                Optional.empty(),
                new Daemon.Ready.Port("127.0.0.1", Ports.free()),
                Duration.ofMillis(150));
        made.add(daemon);

        assertThatThrownBy(() -> Daemons.start(daemon)).hasMessageContaining("not ready after");
        assertThat(Daemons.running(daemon)).isTrue();
    }

    @Test
    void aSocketPathThatIsTooLongIsRefusedAtOnce() {
        Daemon daemon = new Daemon(
                "long",
                List.of("sleep", "1"),
                Map.of(),
                root.resolve("run/long.pid"),
                root.resolve("log/long.log"),
                Optional.empty(),
                new Daemon.Ready.Socket(Path.of("/tmp/" + "x".repeat(120))),
                GRACE);

        assertThatThrownBy(() -> Daemons.start(daemon)).hasMessageContaining("shorter state root");
    }

    @Test
    void aUserIsTakenOnAndTheEnvironmentHanded() throws Exception {
        Daemon plain = shell(
                "who", "id -un > \"$READY.name\"; echo \"$COLOUR\" >> \"$READY.name\"; touch \"$READY\"; sleep 1004");
        boolean root = System.getProperty("user.name").equals("root");
        Files.createDirectories(this.root.resolve("work"));
        if (root) {
            Command.must(
                    GRACE, List.of("chmod", "0777", this.root.resolve("work").toString()));
            Command.must(GRACE, List.of("chmod", "0755", this.root.toString()));
        }
        Daemon daemon = new Daemon(
                plain.name(),
                plain.command(),
                Map.of("READY", this.root.resolve("work/ready").toString(), "COLOUR", "teal"),
                plain.pidFile(),
                plain.log(),
                root ? Optional.of("nobody") : Optional.empty(),
                new Daemon.Ready.File(this.root.resolve("work/ready")),
                GRACE);

        Daemons.start(daemon);

        assertThat(Files.readAllLines(this.root.resolve("work/ready.name")))
                .containsExactly(root ? "nobody" : System.getProperty("user.name"), "teal");
    }

    private Daemon sleeper(String name) {
        Daemon daemon = sleeper(root, name);
        made.add(daemon);
        return daemon;
    }

    static Daemon sleeper(Path root, String name) {
        return new Daemon(
                name,
                List.of("sleep", "1000"),
                Map.of(),
                root.resolve("run/" + name + ".pid"),
                root.resolve("log/" + name + ".log"),
                Optional.empty(),
                new Daemon.Ready.Running(),
                GRACE);
    }

    private Daemon shell(String name, String script) {
        Path ready = root.resolve(name + ".ready");
        Daemon daemon = new Daemon(
                name,
                List.of("sh", "-c", script),
                Map.of("READY", ready.toString()),
                root.resolve("run/" + name + ".pid"),
                root.resolve("log/" + name + ".log"),
                Optional.empty(),
                new Daemon.Ready.File(ready),
                GRACE);
        made.add(daemon);
        return daemon;
    }

    private long number(String file) throws Exception {
        return Long.parseLong(Files.readString(root.resolve(file)).strip());
    }

    private static boolean gone(long pid) {
        return PidFile.Stat.of(pid).filter(PidFile.Stat::lives).isEmpty();
    }

    private static long groupOf(long pid) {
        return PidFile.Stat.of(pid).map(PidFile.Stat::group).orElse(0L);
    }

    static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.sleep(10);
        }
    }

    /** Another process of ours that starts a daemon and then hangs until it is killed. */
    static final class Starter {
        private Starter() {}

        public static void main(String[] args) throws Exception {
            Daemons.start(sleeper(Path.of(args[0]), args[1]));
            Thread.sleep(Duration.ofMinutes(1));
        }
    }
}
