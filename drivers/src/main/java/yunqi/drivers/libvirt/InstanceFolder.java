package yunqi.drivers.libvirt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.Seed;
import yunqi.drivers.process.Command;

/**
 * The files of one instance: its disk (an overlay on the image's), seed, console, and when it last started and ended (libvirt forgets that when it
 * restarts). What is made here is complete or not there: files are written beside their place and moved into it.
 */
final class InstanceFolder {
    static final String CONSOLE = "console.sock";
    private static final String DISK = "disk.qcow2";
    private static final String IMAGE = "image";
    private static final String SEED = "seed.iso";
    private static final String LOG = "console.log";
    private static final String STARTED = "started";
    private static final String FINISHED = "finished";
    private static final String LABEL = "cidata"; // by which cloud-init knows a seed
    private static final Duration QUICK = Duration.ofSeconds(30); // qemu-img writes a few kilobytes
    private final Path folder;

    private InstanceFolder(Path folder) {
        this.folder = folder;
    }

    static InstanceFolder of(Path instances, InstanceId id) {
        return new InstanceFolder(instances.resolve(id.toString()));
    }

    /** Every instance that has a folder. */
    static List<InstanceId> list(Path instances) throws EngineException {
        try (Stream<Path> folders = Files.list(instances)) {
            return folders.map(path -> path.getFileName().toString())
                    .filter(name -> name.matches("[0-9a-f-]{36}"))
                    .map(name -> new InstanceId(java.util.UUID.fromString(name)))
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw trouble("cannot list " + instances, e);
        }
    }

    /** The images that the disks of instances stand on. */
    static boolean uses(Path instances, Digest image) throws EngineException {
        for (InstanceId id : list(instances)) {
            if (of(instances, id).image().filter(image::equals).isPresent()) {
                return true;
            }
        }
        return false;
    }

    boolean exists() {
        return Files.isDirectory(folder);
    }

    Path console() {
        return folder.resolve(CONSOLE);
    }

    Path log() {
        return folder.resolve(LOG);
    }

    Path disk() {
        return folder.resolve(DISK);
    }

    /** The image that the disk stands on, once there is a disk. */
    Optional<Digest> image() throws EngineException {
        return read(IMAGE).map(Digest::new);
    }

    /** Makes disk and seed, or brings them up to the plan: a disk keeps what is on it and never shrinks. Gives back the seed, if there is one. */
    Optional<Path> prepare(InstancePlan plan, VmImage image, Digest digest, LibvirtEngine.GuestUser user)
            throws EngineException {
        try {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        } catch (IOException e) {
            throw trouble("cannot make " + folder, e);
        }
        Bytes size =
                plan.shape().disk().compareTo(image.size()) > 0 ? plan.shape().disk() : image.size();
        makeDisk(image, digest, size, user);
        if (!plan.cloudInit()) {
            return Optional.empty();
        }
        write(SEED, IsoImage.of(LABEL, Seed.files(plan)), Optional.of(user));
        return Optional.of(folder.resolve(SEED));
    }

    private void makeDisk(VmImage image, Digest digest, Bytes size, LibvirtEngine.GuestUser user)
            throws EngineException {
        if (!Files.exists(disk())) {
            write(IMAGE, digest.value().getBytes(StandardCharsets.UTF_8), Optional.empty());
            write(DISK, Overlay.of(image.disk().toString(), size), Optional.of(user));
        } else if (size(disk()).compareTo(size) < 0) {
            must(List.of("qemu-img", "resize", "-q", "-f", "qcow2", disk().toString(), Long.toString(size.count())));
        }
    }

    /** qemu-img has no kinds of complaint, but a full disk says so in words. */
    private static void must(List<String> command) throws EngineException {
        try {
            Command.must(QUICK, command);
        } catch (EngineException e) {
            if (String.valueOf(e.getMessage()).contains("No space left")) {
                throw new EngineException(EngineException.Kind.NO_CAPACITY, String.valueOf(e.getMessage()), e);
            }
            throw e;
        }
    }

    private static Bytes size(Path disk) throws EngineException {
        try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.READ)) {
            ByteBuffer header = ByteBuffer.allocate(32);
            channel.read(header, 0);
            return new Bytes(header.getLong(24));
        } catch (IOException e) {
            throw trouble("cannot read " + disk, e);
        }
    }

    Optional<Instant> started() throws EngineException {
        return read(STARTED).map(Instant::parse);
    }

    Optional<Instant> finished() throws EngineException {
        return read(FINISHED).map(Instant::parse);
    }

    /** Notes that it runs since then. */
    void noteStart(Instant when) throws EngineException {
        write(STARTED, when.toString().getBytes(StandardCharsets.UTF_8), Optional.empty());
        delete(FINISHED);
    }

    /** Notes that it has ended. */
    void noteEnd(Instant when) throws EngineException {
        write(FINISHED, when.toString().getBytes(StandardCharsets.UTF_8), Optional.empty());
    }

    /** Forgets that it ever ran. */
    void forgetRuns() throws EngineException {
        delete(STARTED);
        delete(FINISHED);
    }

    /** Removes all of it. */
    void remove() throws EngineException {
        try (Stream<Path> files = Files.exists(folder) ? Files.list(folder) : Stream.empty()) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (NoSuchFileException e) {
            return; // someone else removes it as well
        } catch (DirectoryNotEmptyException e) {
            throw new EngineException(EngineException.Kind.BUSY, folder + " is still written to", e);
        } catch (IOException e) {
            throw trouble("cannot remove " + folder, e);
        }
    }

    private Optional<String> read(String name) throws EngineException {
        try {
            return Optional.of(Files.readString(folder.resolve(name)).strip());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw trouble("cannot read " + folder.resolve(name), e);
        }
    }

    private void write(String name, byte[] bytes, Optional<LibvirtEngine.GuestUser> owner) throws EngineException {
        Path fresh = folder.resolve(name + ".new");
        try {
            try (FileChannel channel = FileChannel.open(
                    fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                for (ByteBuffer rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
                    channel.write(rest);
                }
                channel.force(true); // or after a power cut there may be a name without its content
            }
            if (owner.isPresent()) {
                own(fresh, owner.get());
            }
            move(fresh, folder.resolve(name));
        } catch (IOException e) {
            throw trouble("cannot write " + folder.resolve(name), e);
        }
    }

    /** Gives the file to the guests' user, and to nobody else. */
    private static void own(Path file, LibvirtEngine.GuestUser user) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.setAttribute(file, "unix:uid", user.user());
        Files.setAttribute(file, "unix:gid", user.group());
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the file system of " + to + " cannot rename", e);
        }
    }

    private void delete(String name) throws EngineException {
        try {
            Files.deleteIfExists(folder.resolve(name));
        } catch (IOException e) {
            throw trouble("cannot delete " + folder.resolve(name), e);
        }
    }

    private static EngineException trouble(String what, IOException e) {
        boolean full = String.valueOf(e.getMessage()).contains("No space left");
        return new EngineException(
                full ? EngineException.Kind.NO_CAPACITY : EngineException.Kind.UNAVAILABLE,
                what + ": " + e.getMessage(),
                e);
    }
}
