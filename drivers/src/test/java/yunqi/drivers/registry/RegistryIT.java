package yunqi.drivers.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.complains;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageShelf;
import yunqi.core.wire.Digests;
import yunqi.core.wire.ImageRecipe;
import yunqi.core.wire.OciImage;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Daemons;
import yunqi.drivers.process.Ports;

/** Pushing to a real registry and reading back. */
final class RegistryIT {
    private static final Path ROOT = Path.of("/tmp/yq-it-reg");
    private static final Duration GRACE = Duration.ofSeconds(10);

    private int port;

    @BeforeEach
    void start() throws Exception {
        stop();
        port = Ports.free();
        RegistryEngine.install(ROOT, port);
        for (Daemon daemon : RegistryEngine.daemons(ROOT, port, Optional.empty())) {
            Daemons.start(daemon);
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (Daemon daemon : RegistryEngine.daemons(ROOT, port, Optional.empty())) {
            Daemons.stop(daemon, GRACE);
        }
        Command.must(GRACE, List.of("rm", "-rf", ROOT.toString()));
    }

    private URI base() {
        return URI.create("http://" + RegistryEngine.ADDRESS + ":" + port + "/");
    }

    @Test
    void whatIsPushedIsReadBack() throws Exception {
        Path disk = Files.writeString(ROOT.resolve("disk"), "a disk");
        Path kernel = Files.writeString(ROOT.resolve("kernel"), "a kernel");
        OciImage.Blob diskBlob = blob(disk);
        OciImage.Blob kernelBlob = blob(kernel);
        ImageRecipe recipe = ImageRecipe.read("{\"type\":\"vm\",\"cmdline\":\"console=ttyS0\"}");
        OciImage image = OciImage.vm(recipe, diskBlob, Optional.of(kernelBlob), Optional.empty());
        try (HttpClient client = HttpClient.newHttpClient()) {
            RegistryPush push = new RegistryPush(base(), client, Map.of("X-Test", "1"));
            Map<Digest, Path> files = Map.of(diskBlob.digest(), disk, kernelBlob.digest(), kernel);
            push.push("library/tiny", "latest", image, files);
            push.push("library/tiny", "latest", image, files);
            HttpImageSource source = new HttpImageSource(base(), client, Map.of("X-Test", "1"));
            try (InputStream in =
                    source.manifest("library/tiny", image.manifest().digest())) {
                assertThat(in.readAllBytes()).isEqualTo(image.manifest().bytes());
            }
            try (InputStream in = source.blob("library/tiny", diskBlob.digest())) {
                assertThat(in).hasContent("a disk");
            }
            Digest missing = new Digest("sha256:" + "0".repeat(64));
            complains(EngineException.Kind.REFUSED, () -> source.manifest("library/tiny", missing));
            complains(EngineException.Kind.REFUSED, () -> source.blob("library/none", missing));
            stop();
            complains(EngineException.Kind.UNAVAILABLE, () -> source.blob("library/tiny", diskBlob.digest()));
        }
    }

    /** One image is held, one is not, one of them is pushed again in the middle; a layer belongs to two. */
    @Test
    void whatNobodyHoldsIsRemovedAndNothingElse() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            RegistryPush push = new RegistryPush(base(), client, Map.of());
            HttpImageSource source = new HttpImageSource(base(), client, Map.of());
            RegistrySweep sweep = new RegistrySweep(ROOT, base(), client, Instant::now);
            Path common = Files.writeString(ROOT.resolve("common"), "a kernel of both");
            Path first = Files.writeString(ROOT.resolve("first"), "the first disk");
            Path second = Files.writeString(ROOT.resolve("second"), "the second disk");
            OciImage kept = image(first, common);
            OciImage gone = image(second, common);
            push.push(
                    "library/a",
                    "latest",
                    kept,
                    Map.of(blob(first).digest(), first, blob(common).digest(), common));
            push.push(
                    "library/b",
                    "latest",
                    gone,
                    Map.of(blob(second).digest(), second, blob(common).digest(), common));
            Set<ImageShelf.Held> held =
                    Set.of(new ImageShelf.Held("library/a", kept.manifest().digest()));

            assertThat(sweep.collect(() -> held, Duration.ofHours(1)).count())
                    .as("what is young has no name yet")
                    .isZero();
            source.manifest("library/b", gone.manifest().digest()).close();

            assertThat(sweep.collect(() -> held, Duration.ZERO).count())
                    .isGreaterThanOrEqualTo(Files.size(second))
                    .isLessThan(10_000);
            complains(
                    EngineException.Kind.REFUSED,
                    () -> source.manifest("library/b", gone.manifest().digest()));
            complains(
                    EngineException.Kind.REFUSED,
                    () -> source.blob("library/b", blob(second).digest()));
            source.blob("library/b", blob(common).digest()).close();

            push.push(
                    "library/b",
                    "latest",
                    gone,
                    Map.of(blob(second).digest(), second, blob(common).digest(), common));
            Set<ImageShelf.Held> both = Set.of(
                    new ImageShelf.Held("library/a", kept.manifest().digest()),
                    new ImageShelf.Held("library/b", gone.manifest().digest()));
            assertThat(sweep.collect(() -> both, Duration.ZERO).count()).isZero();
            for (String repository : List.of("library/a", "library/b")) {
                OciImage image = repository.equals("library/a") ? kept : gone;
                source.manifest(repository, image.manifest().digest()).close();
                for (var layer : image.manifest().layers()) {
                    source.blob(repository, layer.digest()).close();
                }
            }
            try (var left = Files.list(ROOT.resolve("server/registry/aside"))) {
                assertThat(left).isEmpty();
            }
        }
    }

    /** The set of what is held changes between the two times that it is asked for: somebody declared the image just then. */
    @Test
    void whatIsDeclaredMeanwhileIsPutBack() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            Path disk = Files.writeString(ROOT.resolve("disk"), "a disk");
            OciImage image = image(disk, disk);
            new RegistryPush(base(), client, Map.of())
                    .push("library/a", "latest", image, Map.of(blob(disk).digest(), disk));
            var held = Set.of(new ImageShelf.Held("library/a", image.manifest().digest()));
            AtomicInteger asked = new AtomicInteger();
            new RegistrySweep(ROOT, base(), client, Instant::now)
                    .collect(() -> asked.incrementAndGet() == 1 ? Set.of() : held, Duration.ZERO);
            HttpImageSource source = new HttpImageSource(base(), client, Map.of());
            source.manifest("library/a", image.manifest().digest()).close();
            source.blob("library/a", blob(disk).digest()).close();
        }
    }

    private static OciImage image(Path disk, Path kernel) throws Exception {
        ImageRecipe recipe = ImageRecipe.read("{\"type\":\"vm\",\"cmdline\":\"" + disk.getFileName() + "\"}");
        return OciImage.vm(recipe, blob(disk), Optional.of(blob(kernel)), Optional.empty());
    }

    private static OciImage.Blob blob(Path file) throws Exception {
        return new OciImage.Blob(new Digest("sha256:" + Digests.of(Files.readAllBytes(file))), Files.size(file));
    }
}
