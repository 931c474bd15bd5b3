package yunqi.drivers.fake;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.network.Attachment;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortId;
import yunqi.core.network.PortSeen;
import yunqi.drivers.contract.PortDriverContract;

final class FakePortsTest extends PortDriverContract {
    private final Set<PortId> known = new HashSet<>();
    private final FakeHost host = new FakeHost(
            new FakeHost.Setup("some", Instant::now, Faults.NONE, Duration.ZERO, known::contains, _ -> {}));
    private final PortDriver driver = host.ports();

    @Override
    protected PortDriver driver() {
        return driver;
    }

    @Override
    protected PortDriver reopened() {
        return host.ports();
    }

    @Override
    protected List<NicPlan> nics(UUID instance, int count) {
        List<NicPlan> nics = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nics.add(FakePlans.nic(i));
            known.add(nics.getLast().port());
        }
        return List.copyOf(nics);
    }

    @Override
    protected Duration patience() {
        return Duration.ofSeconds(5);
    }

    @Override
    protected boolean usable(Attachment attachment) {
        return host.has(attachment);
    }

    @Test
    void aPortThatNoNetworkKnowsIsNotInstalled() throws Exception {
        driver.attach(UUID.randomUUID(), PortDriver.Form.TAP, List.of(FakePlans.nic(1)));
        assertThat(driver.list())
                .singleElement()
                .extracting(PortSeen::installed)
                .isEqualTo(false);
    }

    @Test
    void aPowerCutTakesThePorts() throws Exception {
        UUID instance = UUID.randomUUID();
        driver.attach(instance, PortDriver.Form.TAP, nics(instance, 1));
        host.powerCut();
        assertThat(driver.list()).isEmpty();
    }
}
