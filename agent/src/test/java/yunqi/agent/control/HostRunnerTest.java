package yunqi.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import yunqi.agent.link.ServerLink;
import yunqi.agent.state.HeldMemories;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostSeen;
import yunqi.core.image.ImageType;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Phase;
import yunqi.core.wire.Link;
import yunqi.drivers.fake.FakeHost;
import yunqi.drivers.fake.Faults;

/** With threads and real time, on a pretended host. */
class HostRunnerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Ten times what it should take, and well before the report comes that is sent anyway. */
    private static final Duration SOON = HostRunner.REPORT.dividedBy(2);

    private final Assignment assigned = OneHost.container(1, "stays");
    private final CountDownLatch runs = new CountDownLatch(1);
    private final CountDownLatch heard = new CountDownLatch(1);
    private final CountDownLatch told = new CountDownLatch(1);
    private final CompletableFuture<Boolean> inTime = new CompletableFuture<>();
    private final Faults.Switches faults = new Faults.Switches();
    private final FakeHost machine = new FakeHost(
            new FakeHost.Setup("one", Instant::now, faults, Duration.ZERO, _ -> true, _ -> startTakesLong()));

    /** An engine that goes on once the server knows what it is at, or has waited long enough for that. */
    private void startTakesLong() {
        try {
            inTime.complete(told.await(SOON.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class OneServer implements ServerLink {
        @Override
        public Optional<Link.Assignments> assignments(long after, Duration longest) {
            if (after == 0) {
                return Optional.of(new Link.Assignments(1, 1, true, List.of(assigned), List.of()));
            }
            try {
                Thread.sleep(longest); // until the runner is closed
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return Optional.empty();
        }

        @Override
        public Link.Ack observe(Link.Observation observation) {
            for (Link.SeenOf of : observation.seen()) {
                if (of.seen().phase() == Phase.RUNNING) {
                    runs.countDown();
                }
                if (of.seen().doing().equals("starts it") && runs.getCount() == 0) {
                    told.countDown();
                }
            }
            return new Link.Ack(false);
        }
    }

    @Test
    void aStepThatTakesLongIsToldWhileItLasts() throws Exception {
        MachineSeen nothing = new MachineSeen() {
            @Override
            public Optional<HostFacts> facts() {
                return Optional.empty();
            }

            @Override
            public List<HostSeen.EngineSeen> engines() {
                return List.of();
            }
        };
        Engines engines = new Engines(
                List.of(machine.instances(ImageType.VM), machine.instances(ImageType.CONTAINER)),
                List.of(machine.images(ImageType.VM), machine.images(ImageType.CONTAINER)),
                machine.ports(),
                all -> {
                    if (all.contains(assigned)) {
                        heard.countDown();
                    }
                });
        try (HostRunner _ =
                new HostRunner(OneHost.ID, machine.bootId(), engines, new HeldMemories(), new OneServer(), nothing)) {
            assertThat(runs.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(heard.await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("who answers about it knows it")
                    .isTrue();
            faults.set("instance.start", new Faults.Fault.Slow(Duration.ofSeconds(1)));
            machine.crash(assigned.id(), 1);
            assertThat(inTime.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("the start was told before it was over")
                    .isTrue();
        }
    }
}
