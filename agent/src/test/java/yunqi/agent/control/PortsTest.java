package yunqi.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;
import yunqi.core.network.Attachment;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortSeen;

/** What is remembered of ports, asked by several threads at once. */
final class PortsTest {
    private static final UUID INSTANCE = OneHost.id(1).value();
    private final OneHost host = new OneHost();
    private final List<NicPlan> nics = OneHost.container(1, "sh").plan().nics();
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);

    /** The fake's ports, whose first list takes as long as the test wants. */
    private final class SlowOnce implements PortDriver {
        private final PortDriver ports = host.machine.ports();

        @Override
        public List<Attachment> attachments(UUID instance, Form form, List<NicPlan> nics) throws EngineException {
            return ports.attachments(instance, form, nics);
        }

        @Override
        public List<Attachment> attach(UUID instance, Form form, List<NicPlan> nics) throws EngineException {
            return ports.attach(instance, form, nics);
        }

        @Override
        public void detach(UUID instance) throws EngineException {
            ports.detach(instance);
        }

        @Override
        public List<PortSeen> list() throws EngineException {
            asked.countDown();
            try {
                assertThat(answered.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new EngineException(EngineException.Kind.UNAVAILABLE, "interrupted", e);
            }
            return ports.list();
        }
    }

    @Test
    void whoAsksWhileTheEngineIsStillAskedWaitsForItsAnswer() throws Exception {
        host.machine.ports().attach(INSTANCE, PortDriver.Form.NAMESPACE, nics);
        Ports ports = new Ports(new SlowOnce()); // of an agent that has just started
        FutureTask<Ports.Of> first = new FutureTask<>(() -> ports.of(INSTANCE, nics));
        FutureTask<Ports.Of> second = new FutureTask<>(() -> ports.of(INSTANCE, nics));
        Thread.ofPlatform().start(first);
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        Thread other = Thread.ofPlatform().start(second);
        assertThat(other.join(Duration.ofMillis(200)))
                .as("it has an answer, but the engine gave none")
                .isFalse();
        answered.countDown();
        assertThat(first.get().any()).isTrue();
        assertThat(second.get().any()).as("ports that are there").isTrue();
    }

    @Test
    void whatWasDoneWhileTheEngineWasAskedIsAskedForAgain() throws Exception {
        Ports ports = new Ports(new SlowOnce());
        FutureTask<Ports.Of> first = new FutureTask<>(() -> ports.of(INSTANCE, nics));
        Thread.ofPlatform().start(first);
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        ports.attach(INSTANCE, PortDriver.Form.NAMESPACE, nics, Instant.EPOCH);
        host.machine.ports().detach(INSTANCE); // as if the answer had been given before
        answered.countDown();
        assertThat(first.get().any()).isFalse();
        host.machine.ports().attach(INSTANCE, PortDriver.Form.NAMESPACE, nics);
        assertThat(ports.of(INSTANCE, nics).any()).isTrue();
    }
}
