package yunqi.drivers.trouble;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.complains;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageLimits;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.wire.Digests;
import yunqi.core.wire.ImageRecipe;
import yunqi.core.wire.OciImage;
import yunqi.drivers.contract.SmallDisk;
import yunqi.drivers.libvirt.LibvirtEngine;
import yunqi.drivers.libvirt.VmImages;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Daemons;
import yunqi.drivers.process.Ports;
import yunqi.drivers.registry.HttpImageSource;
import yunqi.drivers.registry.RegistryEngine;
import yunqi.drivers.registry.RegistryIntake;
import yunqi.drivers.registry.RegistryPush;

/** No room for images, in a real registry and on a host: it is said, what is there stays good, and with room it goes on without anybody's help. */
final class DiskFullIT {
    private static final Path ROOT = Path.of("/tmp/yq-it-full");
    private static final Path SITE = ROOT.resolve("site");
    private static final Path HOST = ROOT.resolve("host");
    private static final SmallDisk SITES = new SmallDisk(SITE);
    private static final SmallDisk HOSTS = new SmallDisk(HOST);
    private static final Duration QUICK = Duration.ofSeconds(20);

    private final HttpClient client = HttpClient.newHttpClient();
    private int port;

    @BeforeEach
    void start() throws Exception {
        stop();
        SITES.mount(48);
        HOSTS.mount(48);
        port = Ports.free();
        RegistryEngine.install(SITE, port);
        for (Daemon daemon : RegistryEngine.daemons(SITE, port, Optional.empty())) {
            Daemons.start(daemon);
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (Daemon daemon : RegistryEngine.daemons(SITE, port, Optional.empty())) {
            Daemons.stop(daemon, QUICK);
        }
        SITES.unmount();
        HOSTS.unmount();
        Command.must(QUICK, List.of("rm", "-rf", "--one-file-system", ROOT.toString()));
    }

    private URI base() {
        return URI.create("http://" + RegistryEngine.ADDRESS + ":" + port + "/");
    }

    private record Made(OciImage image, Path disk, Digest blob) {}

    /** An image of a disk that has nothing in common with another's. */
    private static Made made(String name) throws Exception {
        Path disk = ROOT.resolve(name);
        Command.must(QUICK, List.of("qemu-img", "create", "-q", "-f", "qcow2", disk.toString(), "10M"));
        byte[] bytes = Files.readAllBytes(disk);
        byte[] other = new byte[bytes.length + 4_096];
        System.arraycopy(bytes, 0, other, 0, bytes.length);
        other[bytes.length] = (byte) name.charAt(0);
        Files.write(disk, other);
        Digest digest = new Digest("sha256:" + Digests.of(other));
        ImageRecipe recipe = ImageRecipe.read("{\"type\":\"vm\"}");
        var blob = new OciImage.Blob(digest, other.length);
        return new Made(OciImage.vm(recipe, blob, Optional.empty(), Optional.empty()), disk, digest);
    }

    private void push(Made made) throws EngineException {
        new RegistryPush(base(), client, Map.of())
                .push("library/" + made.disk.getFileName(), "latest", made.image, Map.of(made.blob, made.disk));
    }

    private void readBack(Made made) throws Exception {
        HttpImageSource source = new HttpImageSource(base(), client, Map.of());
        String repository = "library/" + made.disk.getFileName();
        source.manifest(repository, made.image.manifest().digest()).close();
        try (InputStream in = source.blob(repository, made.blob)) {
            assertThat(in.readAllBytes()).isEqualTo(Files.readAllBytes(made.disk));
        }
    }

    @Test
    void aRegistryWithoutRoomSaysSoAndKeepsWhatItHas() throws Exception {
        Made early = made("early");
        Made late = made("late");
        push(early);
        SITES.fill();
        for (int i = 0; i < 3; i++) {
            complains(EngineException.Kind.NO_CAPACITY, () -> push(late));
        }
        readBack(early);
        complains(EngineException.Kind.REFUSED, () -> readBack(late)); // it isn't there, not even half of it
        SITES.free();
        push(late);
        readBack(late);
        readBack(early);
    }

    @Test
    void aHostWithoutRoomSaysSoAndBringsItLater() throws Exception {
        Made early = made("early");
        Made late = made("late");
        push(early);
        push(late);
        VmImages images = new VmImages(
                LibvirtEngine.Place.under(HOST, new UUID(0, 1)), new HttpImageSource(base(), client, Map.of()));
        images.ensure(plan(early));
        HOSTS.fill();
        for (int i = 0; i < 3; i++) {
            complains(EngineException.Kind.NO_CAPACITY, () -> images.ensure(plan(late)));
        }
        assertThat(images.list()).extracting(image -> image.digest()).containsExactly(digest(early));
        HOSTS.free();
        Path folder = Path.of(images.ensure(plan(late)).location());
        assertThat(folder.resolve("disk.qcow2")).hasSameBinaryContentAs(late.disk);
        try (var all = Files.list(folder.getParent())) {
            assertThat(all).as("nothing half-made is left").hasSize(2);
        }
    }

    private static Digest digest(Made made) {
        return made.image.manifest().digest();
    }

    private static ImagePlan plan(Made made) {
        return new ImagePlan(ImageType.VM, "library/" + made.disk.getFileName(), digest(made));
    }

    /** A gigabyte is left for the database: here there is less from the beginning. */
    @Test
    void nothingIsTakenInThatWouldFillTheServersDisk() throws Exception {
        RegistryIntake intake = new RegistryIntake(
                SITE,
                new RegistryPush(base(), client, Map.of()),
                (_, _, _) -> {
                    throw new AssertionError("nothing is fetched here");
                },
                ImageLimits.USUAL);
        UUID id = new UUID(3, 4);
        complains(
                EngineException.Kind.NO_CAPACITY,
                () -> intake.append(id, new Bytes(0), new ByteArrayInputStream(new byte[1 << 20]), Bytes.mebibytes(1)));
        assertThat(intake.received(id).count()).isZero();
    }
}
