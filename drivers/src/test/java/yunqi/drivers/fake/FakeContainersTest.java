package yunqi.drivers.fake;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.drivers.contract.SessionContract;

final class FakeContainersTest extends SessionContract {
    private final FakeHost host = new FakeHost(FakeHost.Setup.plain("some", Instant::now));
    private final InstanceDriver driver = host.instances(ImageType.CONTAINER);

    @Override
    protected InstanceDriver driver() {
        return driver;
    }

    @Override
    protected InstanceDriver reopened() {
        return host.instances(ImageType.CONTAINER);
    }

    @Override
    protected LocalImage image() {
        try {
            return host.images(ImageType.CONTAINER).ensure(FakePlans.image(ImageType.CONTAINER, 1));
        } catch (EngineException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    protected InstancePlan staying(InstanceId id) {
        return FakePlans.plan(id, ImageType.CONTAINER, List.of("sh", "-c", "echo good day; sleep infinity"));
    }

    @Override
    protected Optional<Ending> ending(InstanceId id) {
        return Optional.of(
                new Ending(FakePlans.plan(id, ImageType.CONTAINER, List.of("sh", "-c", "exit 3")), Optional.of(3)));
    }

    @Override
    protected Duration patience() {
        return Duration.ofSeconds(5);
    }

    @Override
    protected String greeting() {
        return "good day";
    }

    @Override
    protected boolean executes() {
        return true;
    }

    @Override
    protected Optional<AutoCloseable> stranger() throws EngineException {
        // A VM on the same machine is a stranger to the driver of containers.
        InstanceId id = newId();
        host.instances(ImageType.VM)
                .create(
                        assignment(FakePlans.plan(id, ImageType.VM, List.of()), 1),
                        host.images(ImageType.VM).ensure(FakePlans.image(ImageType.VM, 1)),
                        List.of());
        return Optional.of(() -> host.instances(ImageType.VM).remove(id));
    }
}
