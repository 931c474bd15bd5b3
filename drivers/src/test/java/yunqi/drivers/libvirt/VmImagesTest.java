package yunqi.drivers.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.complains;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageDriver;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageSource;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.wire.Digests;
import yunqi.core.wire.OciImage;
import yunqi.core.wire.OciManifest;
import yunqi.drivers.contract.ImageDriverContract;

/** The contract on real folders, with a registry in memory. */
final class VmImagesTest extends ImageDriverContract {
    private static final int BACKING_FILE = 8; // offsets in the header of a qcow2 disk
    private static final int FEATURES = 72;

    @TempDir
    private Path root = Path.of("");

    private final Registry registry = new Registry();
    private final byte[] disk = qcow2(10 << 20);
    private final ImagePlan published = registry.publish(OciImage.VM_CONFIG, disk);
    private final ImagePlan corrupt = registry.publish(OciImage.VM_CONFIG, qcow2(11 << 20));
    private final ImagePlan missing = plan(new Digest("sha256:" + "0".repeat(64)));

    VmImagesTest() {
        registry.blobs.put(registry.disks.getOrDefault(corrupt.digest(), missing.digest()), qcow2(12 << 20));
    }

    /** Blobs and manifests by digest, and how often each was read. */
    private static final class Registry implements ImageSource {
        private final Map<Digest, byte[]> blobs = new HashMap<>();
        private final Map<Digest, Digest> disks = new HashMap<>();
        private final Map<Digest, Integer> reads = new ConcurrentHashMap<>();

        ImagePlan publish(String type, byte[]... layers) {
            byte[] config = "{\"cmdline\":\"quiet\",\"format\":\"qcow2\"}".getBytes(StandardCharsets.UTF_8);
            List<OciManifest.Descriptor> list = new ArrayList<>();
            String[] types = {OciImage.VM_DISK, OciImage.VM_KERNEL, OciImage.VM_INITRD};
            for (int i = 0; i < layers.length; i++) {
                list.add(new OciManifest.Descriptor(types[i], put(layers[i]), layers[i].length));
            }
            var manifest = new OciManifest(
                    OciManifest.OCI, new OciManifest.Descriptor(type, put(config), config.length), list);
            Digest digest = put(manifest.bytes());
            disks.put(digest, list.getFirst().digest());
            return plan(digest);
        }

        private Digest put(byte[] bytes) {
            Digest digest = new Digest("sha256:" + Digests.of(bytes));
            blobs.put(digest, bytes);
            return digest;
        }

        @Override
        public InputStream manifest(String repository, Digest digest) throws EngineException {
            return blob(repository, digest);
        }

        @Override
        public InputStream blob(String repository, Digest digest) throws EngineException {
            byte[] bytes = blobs.getOrDefault(digest, new byte[0]);
            if (bytes.length == 0) {
                throw new EngineException(EngineException.Kind.REFUSED, "the registry does not have " + digest);
            }
            reads.merge(digest, 1, Integer::sum);
            return new ByteArrayInputStream(bytes);
        }
    }

    private static ImagePlan plan(Digest digest) {
        return new ImagePlan(ImageType.VM, "library/some", digest);
    }

    /** A qcow2 header that says this size. */
    private static byte[] qcow2(long size) {
        return ByteBuffer.allocate(128 << 10)
                .putInt(0, 0x514649FB)
                .putInt(4, 3)
                .putInt(20, 16) // bits of a cluster's size
                .putLong(24, size)
                .putInt(36, 1) // the disk's table: entries, and where
                .putLong(40, 32 << 10)
                .putLong(48, 64 << 10) // the table of reference counts: where, and clusters
                .putInt(56, 1)
                .putInt(100, 104)
                .array();
    }

    @Override
    protected ImageDriver driver() {
        return reopened();
    }

    private final Map<Path, ImageDriver> drivers = new ConcurrentHashMap<>(); // asked from several threads

    @Override
    protected ImageDriver reopened() {
        return drivers.computeIfAbsent(
                root, path -> new VmImages(LibvirtEngine.Place.under(path, new UUID(0, 1)), registry));
    }

    @Override
    protected ImagePlan published() {
        return published;
    }

    @Override
    protected ImagePlan missing() {
        return missing;
    }

    @Override
    protected ImagePlan corrupt() {
        return corrupt;
    }

    @Override
    protected int fetches(ImagePlan image) {
        return registry.reads.getOrDefault(registry.disks.getOrDefault(image.digest(), image.digest()), 0);
    }

    @Override
    protected AutoCloseable use(LocalImage image) throws Exception {
        Path folder = root.resolve("agent/libvirt/instances").resolve(new UUID(0, 7).toString());
        Files.createDirectories(folder);
        Path mark = Files.writeString(folder.resolve("image"), image.digest().value());
        return () -> Files.delete(mark);
    }

    @Test
    void aDiskThatStandsOnAFileOfTheHostIsRefused() {
        byte[] bad = ByteBuffer.wrap(qcow2(1 << 20)).putLong(BACKING_FILE, 512).array();
        complains(EngineException.Kind.REFUSED, () -> driver().ensure(registry.publish(OciImage.VM_CONFIG, bad)));
    }

    @Test
    void aDiskWithItsDataInAFileOfTheHostIsRefused() {
        byte[] bad = ByteBuffer.wrap(qcow2(1 << 20)).putLong(FEATURES, 4).array();
        complains(EngineException.Kind.REFUSED, () -> driver().ensure(registry.publish(OciImage.VM_CONFIG, bad)));
    }

    @Test
    void anImageOfAContainerIsRefused() {
        complains(
                EngineException.Kind.REFUSED, () -> driver().ensure(registry.publish(OciImage.CONTAINER_CONFIG, disk)));
    }

    @Test
    void kernelInitrdAndCommandLineAreKeptBesideTheDisk() throws Exception {
        LocalImage image = driver().ensure(registry.publish(OciImage.VM_CONFIG, disk, new byte[] {1}, new byte[] {2}));
        VmImage read = VmImage.read(Path.of(image.location()));
        assertThat(read.size().count()).isEqualTo(10 << 20);
        assertThat(read.kernel().orElseThrow().commandLine()).isEqualTo("quiet");
        assertThat(read.kernel().orElseThrow().initrd()).isPresent();
    }

    @Test
    void whatACrashLeftIsForgottenByTheNextFetch() throws Exception {
        Path left = root.resolve("agent/images/partial-" + published.digest().hex() + "-x");
        Files.createDirectories(left);
        Files.writeString(left.resolve("disk.qcow2"), "half");
        assertThat(driver().list()).isEmpty();
        driver().ensure(published);
        assertThat(left).doesNotExist();
    }
}
