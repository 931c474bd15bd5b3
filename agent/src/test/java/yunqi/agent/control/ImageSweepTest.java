package yunqi.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Digest;
import yunqi.core.image.ImageDriver;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.drivers.fake.FakeHost;

class ImageSweepTest {
    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final Digest USED = new Digest("sha256:" + "1".repeat(64));
    private static final Digest IDLE = new Digest("sha256:" + "2".repeat(64));

    private final FakeHost host = new FakeHost(FakeHost.Setup.plain("one", () -> T0));
    private final ImageDriver driver = host.images(ImageType.CONTAINER);
    private final Set<Digest> wanted = new HashSet<>(Set.of(USED));
    private final AtomicReference<Double> free = new AtomicReference<>(0.5);
    private final ImageSweep sweep =
            new ImageSweep(new Engines(List.of(), List.of(driver), host.ports()), () -> Set.copyOf(wanted), free::get);

    private List<Digest> here() throws Exception {
        return driver.list().stream().map(LocalImage::digest).toList();
    }

    private void both() throws Exception {
        for (Digest digest : List.of(USED, IDLE)) {
            driver.ensure(new ImagePlan(ImageType.CONTAINER, "library/x", digest));
        }
    }

    @Test
    void whatIsNotUsedForADayGoes() throws Exception {
        both();
        sweep.look(T0);
        sweep.look(T0.plus(ImageSweep.KEPT));
        assertThat(here()).containsExactly(USED, IDLE);
        sweep.look(T0.plus(ImageSweep.KEPT).plusSeconds(1));
        assertThat(here()).containsExactly(USED);
    }

    @Test
    void anImageThatWasUsedMeanwhileStaysAnotherDay() throws Exception {
        both();
        sweep.look(T0);
        wanted.add(IDLE);
        sweep.look(T0.plus(ImageSweep.KEPT));
        wanted.remove(IDLE);
        sweep.look(T0.plus(ImageSweep.KEPT).plusSeconds(60));
        assertThat(here()).containsExactly(USED, IDLE);
    }

    @Test
    void onAFullDiskMinutesAreEnough() throws Exception {
        both();
        sweep.look(T0);
        free.set(0.1);
        sweep.look(T0.plus(ImageSweep.KEPT_WHEN_FULL).plusSeconds(1));
        assertThat(here()).containsExactly(USED);
    }
}
