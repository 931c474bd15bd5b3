package yunqi.drivers.registry;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageInspector;
import yunqi.core.image.ImageLimits;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageSource;
import yunqi.core.image.ImageSpec;
import yunqi.core.image.ImageType;
import yunqi.core.wire.Digests;
import yunqi.core.wire.OciImage;
import yunqi.core.wire.OciManifest;

/** Looks into images in our own registry, whose files are on this machine: disks where they lie, layers as they stream. */
public final class RegistryInspector implements ImageInspector {
    private static final int AT_ONCE = 2; // each keeps a core busy
    private static final long DENSEST = 1_040; // times: nothing packs denser in gzip's form
    private static final Set<String> VM_LAYERS = Set.of(OciImage.VM_DISK, OciImage.VM_KERNEL, OciImage.VM_INITRD);
    private static final Set<String> PACKED =
            Set.of(OciImage.CONTAINER_LAYER, "application/vnd.docker.image.rootfs.diff.tar.gzip");
    private static final Bytes BOOT_LIMIT = Bytes.mebibytes(512); // a kernel or an initrd; a guest's memory holds it

    private final RegistryFiles files;
    private final ImageSource source;
    private final ImageLimits limits;
    private final Semaphore slots = new Semaphore(AT_ONCE, true);

    /** {@code root} is the state root that {@link RegistryEngine#daemons} was given; {@code source} reads from that registry. */
    public RegistryInspector(Path root, ImageSource source, ImageLimits limits) {
        this.files = RegistryFiles.of(root);
        this.source = source;
        this.limits = limits;
    }

    @Override
    public ImageSpec inspect(ImageSpec said) throws EngineException {
        slots.acquireUninterruptibly();
        try {
            ImagePlan image = said.plan();
            OciManifest manifest = manifest(image);
            Bytes size = manifest.size();
            require(
                    size.compareTo(limits.stored()) <= 0,
                    "has " + size + " of layers; the most that is taken here is " + limits.stored());
            boolean vm = manifest.config().mediaType().equals(OciImage.VM_CONFIG);
            require(vm == (image.type() == ImageType.VM), "is for a " + (vm ? "VM" : "container"));
            if (vm) {
                disk(manifest);
            } else {
                layers(image, manifest);
            }
            return said.withSize(size);
        } finally {
            slots.release();
        }
    }

    private OciManifest manifest(ImagePlan image) throws EngineException {
        byte[] bytes;
        try (InputStream in = source.manifest(image.repository(), image.digest())) {
            bytes = in.readNBytes(OciManifest.SIZE_LIMIT + 1);
        } catch (IOException e) {
            throw unavailable(e);
        }
        require(Digests.of(bytes).equals(image.digest().hex()), "is spoiled: its manifest has another digest");
        try {
            return OciManifest.read(bytes);
        } catch (BadValue e) {
            throw new EngineException(EngineException.Kind.REFUSED, "the image's " + e.getMessage(), e);
        }
    }

    private void disk(OciManifest manifest) throws EngineException {
        List<OciManifest.Descriptor> disks = manifest.layers().stream()
                .filter(layer -> layer.mediaType().equals(OciImage.VM_DISK))
                .toList();
        require(disks.size() == 1, "has " + disks.size() + " disks; a VM's image has one");
        for (OciManifest.Descriptor layer : manifest.layers()) {
            require(VM_LAYERS.contains(layer.mediaType()), "has a layer of type " + layer.mediaType());
            require(
                    layer.mediaType().equals(OciImage.VM_DISK) || layer.size() <= BOOT_LIMIT.count(),
                    "has a kernel or initrd of " + new Bytes(layer.size()));
        }
        OciManifest.Descriptor disk = disks.getFirst();
        Path file = files.blob(disk.digest());
        try {
            require(Files.size(file) == disk.size(), "names a disk of another size than it has");
        } catch (IOException e) {
            throw unavailable(e);
        }
        DiskCheck.check(file, limits.disk());
    }

    /** Layers that could grow beyond the limit are unpacked to see; most are too small for that however they are made. */
    private void layers(ImagePlan image, OciManifest manifest) throws EngineException {
        for (OciManifest.Descriptor layer : manifest.layers()) {
            require(
                    PACKED.contains(layer.mediaType()),
                    "has a layer of type " + layer.mediaType() + "; known are gzipped tar archives");
        }
        if (manifest.size().count() <= limits.unpacked().count() / DENSEST) {
            return;
        }
        long left = limits.unpacked().count();
        for (OciManifest.Descriptor layer : manifest.layers()) {
            try (InputStream in = source.blob(image.repository(), layer.digest())) {
                left -= Unpacked.measure(in, left).size().count();
            } catch (IOException e) {
                throw unavailable(e);
            }
        }
    }

    private static void require(boolean good, String complaint) throws EngineException {
        if (!good) {
            throw new EngineException(EngineException.Kind.REFUSED, "the image " + complaint);
        }
    }

    private static EngineException unavailable(IOException e) {
        return new EngineException(EngineException.Kind.UNAVAILABLE, "the registry broke off: " + e.getMessage(), e);
    }
}
