package yunqi.drivers.fake;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import yunqi.core.image.ImageDriver;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.RestartPolicy;
import yunqi.drivers.contract.ImageDriverContract;

final class FakeImagesTest extends ImageDriverContract {
    private final FakeHost host = new FakeHost(FakeHost.Setup.plain("some", Instant::now));

    FakeImagesTest() {
        host.registry().lose(FakePlans.image(ImageType.VM, 2).digest());
        host.registry().spoil(FakePlans.image(ImageType.VM, 3).digest());
    }

    @Override
    protected ImageDriver driver() {
        return host.images(ImageType.VM);
    }

    @Override
    protected ImageDriver reopened() {
        return host.images(ImageType.VM);
    }

    @Override
    protected ImagePlan published() {
        return FakePlans.image(ImageType.VM, 1);
    }

    @Override
    protected ImagePlan missing() {
        return FakePlans.image(ImageType.VM, 2);
    }

    @Override
    protected ImagePlan corrupt() {
        return FakePlans.image(ImageType.VM, 3);
    }

    @Override
    protected int fetches(ImagePlan image) {
        return host.registry().fetches(image.digest());
    }

    @Override
    protected AutoCloseable use(LocalImage image) throws Exception {
        InstanceDriver instances = host.instances(ImageType.VM);
        InstanceId id = new InstanceId(UUID.randomUUID());
        instances.create(
                new Assignment(
                        FakePlans.plan(id, ImageType.VM, List.of()),
                        Assignment.Wanted.STOPPED,
                        1,
                        RestartPolicy.NEVER,
                        0,
                        "some"),
                image,
                List.of());
        return () -> instances.remove(id);
    }
}
