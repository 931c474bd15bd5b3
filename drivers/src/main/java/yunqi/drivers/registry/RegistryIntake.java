package yunqi.drivers.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageIntake;
import yunqi.core.image.ImageLimits;
import yunqi.core.image.ImageSpec;
import yunqi.core.image.ImageType;
import yunqi.core.image.ImportSpec;
import yunqi.core.wire.Digests;
import yunqi.core.wire.ImageRecipe;
import yunqi.core.wire.OciImage;

/** Takes files in below {@code ROOT/server/imports}, one a file named by its import, and puts what is made of them into our own registry. */
public final class RegistryIntake implements ImageIntake {
    private static final Bytes RESERVE =
            Bytes.gibibytes(1); // the disk is never filled to the brim: the database lives there
    private static final int CHUNK = 1 << 16;
    private static final String TAG = "latest";

    /** Fetches an address into a file, of at most so many bytes, going on where it ends. */
    @FunctionalInterface
    public interface Fetching {
        void fetch(String from, Path file, Bytes most) throws EngineException;
    }

    private final Path root;
    private final Path folder;
    private final RegistryPush push;
    private final Fetching fetching;
    private final ImageLimits limits;

    public RegistryIntake(Path root, RegistryPush push, Fetching fetching, ImageLimits limits) {
        this.root = root;
        this.folder = folder(root);
        this.push = push;
        this.fetching = fetching;
        this.limits = limits;
    }

    private static Path folder(Path root) {
        return root.resolve("server/imports");
    }

    /** Throws {@code NO_CAPACITY} unless so many bytes more can be taken in and there is room left for all else. */
    public static void requireRoom(Path root, long bytes) throws EngineException {
        try {
            Path folder = Files.createDirectories(folder(root));
            long left = Files.getFileStore(folder).getUsableSpace() - bytes;
            if (left < RESERVE.count()) {
                throw new EngineException(
                        EngineException.Kind.NO_CAPACITY,
                        "the server's disk has no room for it: of what is left, " + RESERVE + " is kept for all else");
            }
        } catch (IOException e) {
            throw trouble("cannot look at the disk", e);
        }
    }

    private Path file(UUID id) {
        return folder.resolve(id.toString());
    }

    @Override
    public Bytes received(UUID id) throws EngineException {
        Path file = file(id);
        try {
            return new Bytes(Files.exists(file) ? Files.size(file) : 0);
        } catch (IOException e) {
            throw trouble("cannot look at " + file, e);
        }
    }

    @Override
    public Bytes append(UUID id, Bytes offset, InputStream bytes, Bytes most) throws EngineException {
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(file(id), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = lock(channel)) {
                long here = channel.size();
                if (!lock.isValid() || here != offset.count()) {
                    throw new EngineException(
                            EngineException.Kind.REFUSED, "the file ends at " + here + ", not at " + offset.count());
                }
                channel.position(here);
                OutputStream out = Channels.newOutputStream(channel);
                byte[] buffer = new byte[CHUNK];
                for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
                    here += n;
                    if (here > most.count()) {
                        throw new EngineException(
                                EngineException.Kind.REFUSED, "more is sent than the " + most + " that were said");
                    }
                    requireRoom(root, n);
                    out.write(buffer, 0, n);
                }
                return new Bytes(here);
            }
        } catch (IOException e) {
            throw trouble("cannot take in the file", e);
        }
    }

    private static FileLock lock(FileChannel channel) throws IOException, EngineException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw new EngineException(EngineException.Kind.BUSY, "another sends to this import");
        }
        return lock;
    }

    @Override
    public void fetch(UUID id, ImportSpec spec) throws EngineException {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw trouble("cannot make " + folder, e);
        }
        fetching.fetch(spec.url().orElseThrow(), file(id), limits.stored());
    }

    @Override
    public ImageSpec finish(UUID id, ImportSpec spec, String repository) throws EngineException {
        Path file = file(id);
        OciImage.Blob blob = verified(file, spec);
        ImageRecipe recipe = new ImageRecipe(
                spec.type(),
                spec.minMemory(),
                spec.architecture(),
                spec.agent(),
                spec.cloudInit(),
                spec.description(),
                "",
                spec.command(),
                new TreeMap<>());
        OciImage image = spec.type() == ImageType.VM ? vm(recipe, blob, file) : container(recipe, blob, file);
        push.push(repository, TAG, image, Map.of(blob.digest(), file));
        return image.spec(recipe, repository);
    }

    private static OciImage.Blob verified(Path file, ImportSpec spec) throws EngineException {
        MessageDigest sum = Digests.sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), sum)) {
            in.transferTo(OutputStream.nullOutputStream());
            Digest got = new Digest("sha256:" + HexFormat.of().formatHex(sum.digest()));
            if (!got.equals(spec.sha256())) {
                // What came is not what was meant: going on from there would never end well.
                Files.delete(file);
                throw new EngineException(
                        EngineException.Kind.REFUSED,
                        "the file should have digest " + spec.sha256() + " but has " + got);
            }
            return new OciImage.Blob(got, Files.size(file));
        } catch (IOException e) {
            throw trouble("cannot read the file", e);
        }
    }

    private OciImage vm(ImageRecipe recipe, OciImage.Blob blob, Path file) throws EngineException {
        DiskCheck.check(file, limits.disk());
        return OciImage.vm(recipe, blob, Optional.empty(), Optional.empty());
    }

    private OciImage container(ImageRecipe recipe, OciImage.Blob blob, Path file) throws EngineException {
        try (InputStream in = Files.newInputStream(file)) {
            return OciImage.container(
                    recipe,
                    blob,
                    Unpacked.measure(in, limits.unpacked().count()).digest());
        } catch (IOException e) {
            throw trouble("cannot read the file", e);
        }
    }

    @Override
    public void forget(UUID id) throws EngineException {
        try {
            Files.deleteIfExists(file(id));
        } catch (IOException e) {
            throw trouble("cannot remove " + file(id), e);
        }
    }

    @Override
    public List<UUID> list() throws EngineException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"))
                    .map(UUID::fromString)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw trouble("cannot list " + folder, e);
        }
    }

    private static EngineException trouble(String doing, IOException e) {
        boolean full = String.valueOf(e.getMessage()).contains("No space left");
        return new EngineException(
                full ? EngineException.Kind.NO_CAPACITY : EngineException.Kind.UNAVAILABLE,
                doing + ": " + e.getMessage(),
                e);
    }
}
