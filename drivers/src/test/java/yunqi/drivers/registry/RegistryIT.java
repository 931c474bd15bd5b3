package yunqi.drivers.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.complains;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
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

    private static OciImage.Blob blob(Path file) throws Exception {
        return new OciImage.Blob(new Digest("sha256:" + Digests.of(Files.readAllBytes(file))), Files.size(file));
    }
}
