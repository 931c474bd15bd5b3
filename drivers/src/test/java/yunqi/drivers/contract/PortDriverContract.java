package yunqi.drivers.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;
import yunqi.core.network.Attachment;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortDriver.Form;
import yunqi.core.network.PortSeen;

/** What every {@link PortDriver} does. Ports made here are removed after each test. */
public abstract class PortDriverContract {
    private final List<UUID> made = new ArrayList<>();

    /** The driver under test. The same object within one test. */
    protected abstract PortDriver driver();

    /** Another driver object on the same host, as after a restart of the agent. */
    protected abstract PortDriver reopened();

    /** So many network interfaces, each in a network of its own that exists, and made known to the site's networks. Other ports each time. */
    protected abstract List<NicPlan> nics(UUID instance, int count) throws Exception;

    /** How long it may take until a port's flows are in place. */
    protected abstract Duration patience();

    /** True if this attachment can really be used on this machine: its namespace or interface exists. */
    protected abstract boolean usable(Attachment attachment) throws Exception;

    /** Puts a port on the host that isn't ours, and gives back what removes it; empty if that is impossible. */
    protected Optional<AutoCloseable> stranger() throws Exception {
        return Optional.empty();
    }

    private UUID newInstance() {
        UUID instance = UUID.randomUUID();
        made.add(instance);
        return instance;
    }

    private List<PortSeen> portsOf(UUID instance) throws EngineException {
        return driver().list().stream()
                .filter(port -> port.instance().equals(instance))
                .toList();
    }

    @AfterEach
    void detachWhatWasMade() throws Exception {
        for (UUID instance : made) {
            driver().detach(instance);
        }
    }

    @Test
    void aNamespaceHoldsEveryPortInOrder() throws Exception {
        UUID instance = newInstance();
        List<NicPlan> nics = nics(instance, 2);
        List<Attachment> attachments = driver().attach(instance, Form.NAMESPACE, nics);
        assertThat(attachments)
                .extracting(Attachment::port)
                .containsExactly(nics.get(0).port(), nics.get(1).port());
        assertThat(attachments).allMatch(a -> a instanceof Attachment.Namespace);
        Attachment.Namespace first = (Attachment.Namespace) attachments.get(0);
        Attachment.Namespace second = (Attachment.Namespace) attachments.get(1);
        assertThat(first.device()).isEqualTo("eth0");
        assertThat(second.device()).isNotEqualTo("eth0");
        assertThat(first.path()).isEqualTo(second.path());
        assertThat(usable(first)).isTrue();
        assertThat(usable(second)).isTrue();
    }

    @Test
    void tapsAreDifferentInterfacesInOrder() throws Exception {
        UUID instance = newInstance();
        List<NicPlan> nics = nics(instance, 2);
        List<Attachment> attachments = driver().attach(instance, Form.TAP, nics);
        assertThat(attachments)
                .extracting(Attachment::port)
                .containsExactly(nics.get(0).port(), nics.get(1).port());
        assertThat(attachments).allMatch(a -> a instanceof Attachment.Tap);
        assertThat(attachments)
                .extracting(a -> ((Attachment.Tap) a).device())
                .doesNotHaveDuplicates()
                .allMatch(device -> device.length() <= 15);
        for (Attachment attachment : attachments) {
            assertThat(usable(attachment)).isTrue();
        }
    }

    @Test
    void twoInstancesHaveNothingInCommon() throws Exception {
        UUID one = newInstance();
        UUID other = newInstance();
        Attachment first = driver().attach(one, Form.NAMESPACE, nics(one, 1)).getFirst();
        Attachment second =
                driver().attach(other, Form.NAMESPACE, nics(other, 1)).getFirst();
        assertThat(((Attachment.Namespace) first).path()).isNotEqualTo(((Attachment.Namespace) second).path());
        driver().detach(one);
        assertThat(usable(second)).isTrue();
        assertThat(portsOf(other)).hasSize(1);
    }

    @Test
    void attachAgainGivesTheSame() throws Exception {
        for (Form form : Form.values()) {
            UUID instance = newInstance();
            List<NicPlan> nics = nics(instance, 2);
            List<Attachment> first = driver().attach(instance, form, nics);
            assertThat(driver().attachments(instance, form, nics)).isEqualTo(first);
            assertThat(driver().attach(instance, form, nics)).isEqualTo(first);
            assertThat(reopened().attach(instance, form, nics)).isEqualTo(first);
            assertThat(portsOf(instance)).hasSize(2);
        }
    }

    @Test
    void attachWithOtherNicsLeavesOnlyThose() throws Exception {
        for (Form form : Form.values()) {
            UUID instance = newInstance();
            List<NicPlan> nics = nics(instance, 2);
            driver().attach(instance, form, nics);
            driver().attach(instance, form, nics.subList(0, 1));
            assertThat(portsOf(instance))
                    .extracting(PortSeen::id)
                    .containsExactly(nics.getFirst().port());
        }
    }

    @Test
    void anInstanceWithoutNicsHasNoPort() throws Exception {
        UUID instance = newInstance();
        assertThat(driver().attach(instance, Form.NAMESPACE, List.of())).isEmpty();
        assertThat(portsOf(instance)).isEmpty();
    }

    @Test
    void portsAreListedAndTheirFlowsComeIntoPlace() throws Exception {
        for (Form form : Form.values()) {
            UUID instance = newInstance();
            List<NicPlan> nics = nics(instance, 1);
            driver().attach(instance, form, nics);
            assertThat(portsOf(instance))
                    .extracting(PortSeen::id)
                    .containsExactly(nics.getFirst().port());
            within(
                    patience(),
                    "the port's flows are in place",
                    () -> portsOf(instance).stream().allMatch(PortSeen::installed));
            assertThat(reopened().list()).containsAll(portsOf(instance));
        }
    }

    @Test
    void detachLeavesNothing() throws Exception {
        for (Form form : Form.values()) {
            UUID instance = newInstance();
            List<Attachment> attachments = driver().attach(instance, form, nics(instance, 2));
            driver().detach(instance);
            assertThat(portsOf(instance)).isEmpty();
            for (Attachment attachment : attachments) {
                assertThat(usable(attachment)).isFalse();
            }
            driver().detach(instance);
        }
    }

    @Test
    void detachOfWhatWasNeverThereDoesNothing() throws Exception {
        List<PortSeen> before = driver().list();
        driver().detach(newInstance());
        assertThat(driver().list()).isEqualTo(before);
    }

    @Test
    void onlyOursAreListed() throws Exception {
        List<PortSeen> before = driver().list();
        Optional<AutoCloseable> stranger = stranger();
        if (stranger.isEmpty()) {
            return; // Nobody else has ports here.
        }
        try (AutoCloseable there = stranger.get()) {
            assertThat(there).isNotNull();
            assertThat(driver().list()).isEqualTo(before);
        }
    }

    @Test
    void differentInstancesCanBeWorkedOnAtOnce() throws Exception {
        List<UUID> instances = List.of(newInstance(), newInstance(), newInstance(), newInstance());
        List<List<NicPlan>> nics = new ArrayList<>();
        for (UUID instance : instances) {
            nics.add(nics(instance, 1));
        }
        List<Future<List<Attachment>>> calls = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < instances.size(); i++) {
                int n = i;
                calls.add(threads.submit(() -> driver().attach(instances.get(n), Form.NAMESPACE, nics.get(n))));
            }
        }
        for (Future<List<Attachment>> call : calls) {
            assertThat(call.get()).hasSize(1);
        }
        for (UUID instance : instances) {
            assertThat(portsOf(instance)).hasSize(1);
        }
    }
}
