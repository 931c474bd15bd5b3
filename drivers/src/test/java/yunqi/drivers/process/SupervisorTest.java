package yunqi.drivers.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.host.HostSeen;

final class SupervisorTest {
    @TempDir
    Path root;

    @AfterEach
    void endAll() throws Exception {
        Daemons.stop(DaemonsTest.sleeper(root, "one"), Duration.ZERO);
        Daemons.stop(DaemonsTest.sleeper(root, "two"), Duration.ZERO);
    }

    @Test
    void theKilledAreStartedAgainAndCounted() throws Exception {
        Daemon one = DaemonsTest.sleeper(root, "one");
        Daemon two = DaemonsTest.sleeper(root, "two");
        AtomicInteger changes = new AtomicInteger();
        try (Supervisor supervisor = new Supervisor(List.of(one, two), changes::incrementAndGet)) {
            supervisor.start();
            assertThat(supervisor.seen())
                    .containsExactly(
                            new HostSeen.EngineSeen("one", true, 0, ""), new HostSeen.EngineSeen("two", true, 0, ""));
            long other = Daemons.pid(two).orElseThrow();

            for (int kill = 1; kill <= 2; kill++) {
                long pid = Daemons.pid(one).orElseThrow();
                int times = kill;
                ProcessHandle.of(pid).orElseThrow().destroyForcibly();
                DaemonsTest.await(() -> supervisor.seen().getFirst().restarts() == times
                        && supervisor.seen().getFirst().running());
                assertThat(Daemons.pid(one)).isPresent().isNotEqualTo(Optional.of(pid));
            }

            assertThat(Daemons.pid(two)).contains(other);
            assertThat(supervisor.seen().getLast().restarts()).isZero();
            assertThat(changes.get()).isGreaterThanOrEqualTo(4);
        }
        assertThat(Daemons.running(one)).as("the daemons outlive the watching").isTrue();
        assertThat(Daemons.running(two)).isTrue();
    }

    @Test
    void whatCannotStartIsReportedAndDoesNotKeepTheOthersDown() {
        Daemon bad = new Daemon(
                "bad",
                List.of("/no/such/program"),
                Map.of(),
                root.resolve("run/bad.pid"),
                root.resolve("log/bad.log"),
                Optional.empty(),
                new Daemon.Ready.File(root.resolve("never")),
                Duration.ofSeconds(5));
        try (Supervisor supervisor = new Supervisor(List.of(bad, DaemonsTest.sleeper(root, "two")), () -> {})) {
            supervisor.start();

            HostSeen.EngineSeen seen = supervisor.seen().getFirst();
            assertThat(seen.running()).isFalse();
            assertThat(seen.message()).contains("/no/such/program");
            assertThat(supervisor.seen().getLast().running()).isTrue();
        }
    }
}
