package yunqi.drivers.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.complains;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageDriver;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.LocalImage;

/** What every {@link ImageDriver} does. The images that the hooks name are removed after each test. */
public abstract class ImageDriverContract {
    /** The driver under test; it starts without any of the hooks' images. The same object within one test. */
    protected abstract ImageDriver driver();

    /** Another driver object on the same engine or folder, as after a restart of the agent. */
    protected abstract ImageDriver reopened();

    /** An image that the registry has. */
    protected abstract ImagePlan published();

    /** An image whose manifest the registry doesn't have. */
    protected abstract ImagePlan missing();

    /** An image of which the registry gives wrong bytes for one blob. */
    protected abstract ImagePlan corrupt();

    /** How often the largest blob of this image was read from the registry. */
    protected abstract int fetches(ImagePlan image);

    /** Makes an instance that uses the image, and gives back what removes it. */
    protected abstract AutoCloseable use(LocalImage image) throws Exception;

    @AfterEach
    void removeWhatWasBrought() throws Exception {
        for (ImagePlan plan : List.of(published(), missing(), corrupt())) {
            driver().remove(plan.digest());
        }
    }

    private List<Digest> here() throws EngineException {
        return driver().list().stream().map(LocalImage::digest).toList();
    }

    @Test
    void anImageIsBroughtHere() throws Exception {
        LocalImage image = driver().ensure(published());
        assertThat(image.digest()).isEqualTo(published().digest());
        assertThat(image.type()).isEqualTo(driver().type());
        assertThat(image.location()).isNotEmpty();
        assertThat(driver().list()).contains(image);
    }

    @Test
    void anImageThatIsHereIsNotFetchedAgain() throws Exception {
        LocalImage image = driver().ensure(published());
        int before = fetches(published());
        assertThat(driver().ensure(published())).isEqualTo(image);
        assertThat(reopened().ensure(published())).isEqualTo(image);
        assertThat(fetches(published())).isEqualTo(before);
    }

    @Test
    void concurrentCallsFetchItOnce() throws Exception {
        int before = fetches(published());
        List<Future<LocalImage>> calls = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 4; i++) {
                calls.add(threads.submit(() -> driver().ensure(published())));
            }
        }
        for (Future<LocalImage> call : calls) {
            assertThat(call.get().digest()).isEqualTo(published().digest());
        }
        assertThat(fetches(published())).isEqualTo(before + 1);
    }

    @Test
    void anUnknownImageIsRefused() throws Exception {
        complains(EngineException.Kind.REFUSED, () -> driver().ensure(missing()));
        assertThat(here()).doesNotContain(missing().digest());
    }

    @Test
    void wrongBytesAreRefusedAndNothingOfThemIsKept() throws Exception {
        complains(EngineException.Kind.REFUSED, () -> driver().ensure(corrupt()));
        assertThat(here()).doesNotContain(corrupt().digest());
        complains(EngineException.Kind.REFUSED, () -> driver().ensure(corrupt()));
    }

    @Test
    void aRemovedImageIsGoneAndCanBeBroughtAgain() throws Exception {
        driver().ensure(published());
        driver().remove(published().digest());
        assertThat(here()).doesNotContain(published().digest());
        driver().remove(published().digest());
        driver().ensure(published());
        assertThat(here()).contains(published().digest());
    }

    @Test
    void anImageInUseIsBusy() throws Exception {
        LocalImage image = driver().ensure(published());
        try (AutoCloseable instance = use(image)) {
            assertThat(instance).isNotNull();
            complains(EngineException.Kind.BUSY, () -> driver().remove(image.digest()));
            assertThat(here()).contains(image.digest());
        }
        driver().remove(image.digest());
        assertThat(here()).doesNotContain(image.digest());
    }

    @Test
    void anotherDriverListsWhatTheFirstBrought() throws Exception {
        LocalImage image = driver().ensure(published());
        assertThat(reopened().list()).contains(image);
        assertThat(Optional.of(image.type())).contains(reopened().type());
    }
}
