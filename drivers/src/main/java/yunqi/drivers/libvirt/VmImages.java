package yunqi.drivers.libvirt;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import yunqi.core.base.BadValue;
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

/**
 * The images of VMs on this host: a folder each, named by digest. An image is written into a folder of another name and moved into place once every
 * blob has been verified and is on the disk, so what is seen is always complete.
 */
public final class VmImages implements ImageDriver {
    private static final String PARTIAL = "partial-";
    private static final int CONFIG_LIMIT = 1 << 20; // bytes; ours has two words
    private static final int CHUNK = 1 << 20;
    private static final Map<String, String> LAYERS = Map.of(
            OciImage.VM_DISK, VmImage.DISK,
            OciImage.VM_KERNEL, VmImage.KERNEL,
            OciImage.VM_INITRD, VmImage.INITRD);

    private final Path images;
    private final Path instances;
    private final ImageSource source;
    private final Map<Digest, Object> locks = new HashMap<>();

    public VmImages(LibvirtEngine.Place place, ImageSource source) {
        this.images = place.images();
        this.instances = place.instances();
        this.source = source;
    }

    @Override
    public ImageType type() {
        return ImageType.VM;
    }

    @Override
    public LocalImage ensure(ImagePlan image) throws EngineException {
        Path folder = images.resolve(image.digest().hex());
        synchronized (lock(image.digest())) {
            if (!Files.isDirectory(folder)) {
                bring(image, folder);
            }
        }
        return local(image.digest());
    }

    private void bring(ImagePlan image, Path folder) throws EngineException {
        Path partial = images.resolve(PARTIAL + image.digest().hex() + "-" + UUID.randomUUID());
        try {
            Files.createDirectories(images);
            forgetPartial(image.digest());
            Files.createDirectory(partial);
            try {
                OciManifest manifest = manifest(image);
                require(manifest.config().size() <= CONFIG_LIMIT, image, "its config is too large");
                blob(image, manifest.config(), partial.resolve(VmImage.CONFIG));
                for (OciManifest.Descriptor layer : manifest.layers()) {
                    Optional<String> name = Optional.ofNullable(LAYERS.get(layer.mediaType()));
                    require(name.isPresent(), image, "it has a layer of type " + layer.mediaType());
                    blob(image, layer, partial.resolve(name.orElseThrow()));
                }
                require(Files.exists(partial.resolve(VmImage.DISK)), image, "it has no disk");
                VmImage.read(partial);
                sync(partial);
                Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
                sync(images);
            } finally {
                delete(partial);
            }
        } catch (IOException e) {
            throw trouble("cannot bring image " + image.digest() + " here", e);
        }
    }

    private OciManifest manifest(ImagePlan image) throws EngineException, IOException {
        byte[] bytes;
        try (InputStream in = source.manifest(image.repository(), image.digest())) {
            bytes = in.readNBytes(OciManifest.SIZE_LIMIT + 1);
        }
        require(bytes.length <= OciManifest.SIZE_LIMIT, image, "its manifest is too large");
        verify(image.digest(), Digests.sha256().digest(bytes), "the manifest");
        try {
            OciManifest manifest = OciManifest.read(bytes);
            require(manifest.config().mediaType().equals(OciImage.VM_CONFIG), image, "it is not an image of a VM");
            return manifest;
        } catch (BadValue e) {
            throw new EngineException(
                    EngineException.Kind.REFUSED, "image " + image.digest() + ": " + e.getMessage(), e);
        }
    }

    private void blob(ImagePlan image, OciManifest.Descriptor blob, Path to) throws EngineException, IOException {
        MessageDigest sum = Digests.sha256();
        long size = 0;
        try (InputStream in = source.blob(image.repository(), blob.digest());
                FileChannel file = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            OutputStream out = Channels.newOutputStream(file);
            byte[] buffer = new byte[CHUNK];
            for (int n = in.read(buffer); n >= 0 && size <= blob.size(); n = in.read(buffer)) {
                sum.update(buffer, 0, n);
                out.write(buffer, 0, n);
                size += n;
            }
            file.force(true);
        } catch (FileAlreadyExistsException e) {
            throw new EngineException(
                    EngineException.Kind.REFUSED,
                    "image " + image.digest() + " has two " + to.getFileName() + " layers",
                    e);
        }
        require(size == blob.size(), image, "a blob has another size than its manifest says");
        verify(blob.digest(), sum.digest(), "a blob");
        Files.setPosixFilePermissions(to, java.nio.file.attribute.PosixFilePermissions.fromString("r--r--r--"));
    }

    private static void verify(Digest wanted, byte[] sum, String what) throws EngineException {
        String got = HexFormat.of().formatHex(sum);
        if (!got.equals(wanted.hex())) {
            throw new EngineException(
                    EngineException.Kind.REFUSED,
                    what + " should have digest " + wanted + " but what came has sha256:" + got);
        }
    }

    private static void require(boolean good, ImagePlan image, String complaint) throws EngineException {
        if (!good) {
            throw new EngineException(
                    EngineException.Kind.REFUSED,
                    "image " + image.repository() + "@" + image.digest() + ": " + complaint);
        }
    }

    @Override
    public List<LocalImage> list() throws EngineException {
        if (!Files.isDirectory(images)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(images)) {
            return folders.map(folder -> folder.getFileName().toString())
                    .filter(name -> name.matches("[0-9a-f]{64}"))
                    .sorted()
                    .map(name -> local(new Digest("sha256:" + name)))
                    .toList();
        } catch (IOException e) {
            throw trouble("cannot list " + images, e);
        }
    }

    @Override
    public void remove(Digest digest) throws EngineException {
        synchronized (lock(digest)) {
            if (InstanceFolder.uses(instances, digest)) {
                throw new EngineException(EngineException.Kind.BUSY, "disks of VMs stand on image " + digest);
            }
            Path folder = images.resolve(digest.hex());
            Path going = images.resolve(PARTIAL + digest.hex() + "-" + UUID.randomUUID());
            try {
                Files.move(folder, going, StandardCopyOption.ATOMIC_MOVE);
                delete(going);
            } catch (NoSuchFileException e) {
                return; // it isn't here
            } catch (IOException e) {
                throw trouble("cannot remove image " + digest, e);
            }
        }
    }

    private LocalImage local(Digest digest) {
        return new LocalImage(digest, ImageType.VM, images.resolve(digest.hex()).toString());
    }

    /** What a crash in the middle of an earlier fetch left. */
    private void forgetPartial(Digest digest) throws IOException {
        try (Stream<Path> folders = Files.list(images)) {
            for (Path folder : folders.toList()) {
                if (folder.getFileName().toString().startsWith(PARTIAL + digest.hex())) {
                    delete(folder);
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(folder);
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static EngineException trouble(String what, IOException e) {
        boolean full = String.valueOf(e.getMessage()).contains("No space left");
        return new EngineException(
                full ? EngineException.Kind.NO_CAPACITY : EngineException.Kind.UNAVAILABLE,
                what + ": " + e.getMessage(),
                e);
    }

    /** One lock a digest; there are as many as images were ever asked for. */
    private Object lock(Digest digest) {
        synchronized (locks) {
            return locks.computeIfAbsent(digest, _ -> new Object());
        }
    }
}
