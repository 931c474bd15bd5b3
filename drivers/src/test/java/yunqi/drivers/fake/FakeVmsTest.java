package yunqi.drivers.fake;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.complains;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.drivers.contract.SessionContract;

final class FakeVmsTest extends SessionContract {
    private final Faults.Switches faults = new Faults.Switches();
    private final FakeHost host =
            new FakeHost(new FakeHost.Setup("some", Instant::now, faults, Duration.ofMillis(50), _ -> true, _ -> {}));
    private final InstanceDriver driver = host.instances(ImageType.VM);

    @Override
    protected InstanceDriver driver() {
        return driver;
    }

    @Override
    protected InstanceDriver reopened() {
        return host.instances(ImageType.VM);
    }

    @Override
    protected LocalImage image() {
        return new LocalImage(FakePlans.image(ImageType.VM, 1).digest(), ImageType.VM, "fake:1");
    }

    @Override
    protected InstancePlan staying(InstanceId id) {
        return FakePlans.plan(id, ImageType.VM, java.util.List.of());
    }

    @Override
    protected Optional<Ending> ending(InstanceId id) {
        return Optional.empty();
    }

    @Override
    protected Duration patience() {
        return Duration.ofSeconds(5);
    }

    @Override
    protected String greeting() {
        return "is up";
    }

    @Override
    protected boolean executes() {
        return false;
    }

    @Test
    void aPowerCutEndsWhatRanAndKeepsWhatWasMade() throws Exception {
        InstanceId id = running();
        String boot = host.bootId();
        host.powerCut();
        assertThat(found(id).state()).isEqualTo(Found.State.EXITED);
        assertThat(host.bootId()).isNotEqualTo(boot);
        assertThat(host.running()).isEmpty();
    }

    @Test
    void aCrashEndsOnlyThatInstance() throws Exception {
        InstanceId one = running();
        InstanceId other = running();
        host.crash(one, 9);
        assertThat(found(one).exitCode()).contains(9);
        assertThat(host.running()).containsExactly(other);
    }

    @Test
    void anEngineThatFailsDoesNothing() throws Exception {
        InstanceId id = newId();
        create(staying(id));
        faults.set("instance.start", new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE));
        complains(EngineException.Kind.UNAVAILABLE, () -> driver.start(id));
        faults.clear();
        assertThat(found(id).state()).isEqualTo(Found.State.CREATED);
    }

    @Test
    void anEngineThatLiesDoesItAndSaysNo() throws Exception {
        InstanceId id = newId();
        create(staying(id));
        faults.set("instance", new Faults.Fault.Lies(EngineException.Kind.BUSY));
        complains(EngineException.Kind.BUSY, () -> driver.start(id));
        faults.clear();
        assertThat(found(id).state()).isEqualTo(Found.State.RUNNING);
    }
}
