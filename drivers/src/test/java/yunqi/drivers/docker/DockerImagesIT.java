package yunqi.drivers.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Digest;
import yunqi.core.image.ImageDriver;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.Attachment;
import yunqi.core.network.PortId;
import yunqi.drivers.contract.ImageDriverContract;

final class DockerImagesIT extends ImageDriverContract {
    private static @Nullable EngineHere engine;
    private static @Nullable BusyboxSource source;

    private final DockerImages driver = new DockerImages(engine().root(), source());

    @BeforeAll
    static void start() throws Exception {
        engine = new EngineHere("img");
        source = new BusyboxSource();
    }

    @AfterAll
    static void stop() throws Exception {
        engine().remove();
    }

    private static EngineHere engine() {
        return Optional.ofNullable(engine).orElseThrow();
    }

    private static BusyboxSource source() {
        return Optional.ofNullable(source).orElseThrow();
    }

    @Override
    protected ImageDriver driver() {
        return driver;
    }

    @Override
    protected ImageDriver reopened() {
        return new DockerImages(engine().root(), source());
    }

    @Override
    protected ImagePlan published() {
        return source().good();
    }

    @Override
    protected ImagePlan missing() {
        return new ImagePlan(ImageType.CONTAINER, "library/busybox", new Digest("sha256:" + "0".repeat(64)));
    }

    @Override
    protected ImagePlan corrupt() {
        try {
            return source().second(true);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    protected int fetches(ImagePlan image) {
        return source().layerReads();
    }

    @Override
    protected AutoCloseable use(LocalImage image) throws Exception {
        DockerInstances instances = new DockerInstances(engine().root());
        InstanceId id = new InstanceId(UUID.randomUUID());
        var assignment = new Assignment(
                Plans.plan(id, image.digest(), List.of(), Map.of()),
                Assignment.Wanted.STOPPED,
                1,
                RestartPolicy.NEVER,
                0,
                "x");
        instances.create(
                assignment,
                image,
                List.of(new Attachment.Namespace(new PortId(new UUID(1, 1)), engine().namespacePath(), "eth0")));
        return () -> {
            instances.remove(id);
            instances.close();
        };
    }

    @Test
    void aLayerThatIsHereIsNotFetchedAgain() throws Exception {
        ImagePlan second = source().second(false);
        driver.ensure(published());
        int before = source().layerReads();
        LocalImage image = driver.ensure(second);
        assertThat(source().layerReads()).isEqualTo(before);
        assertThat(driver.list()).contains(image);
        driver.remove(second.digest());
        try (var files = Files.list(DockerEngine.home(engine().root()).resolve("incoming"))) {
            assertThat(files).isEmpty();
        }
    }
}
