package yunqi.agent.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.instance.InstanceId;
import yunqi.core.wire.Wire;

/**
 * One small JSON file for each instance, in a folder that only root reads (environments may hold secrets). A file is written beside the old one, brought to
 * disk, and renamed over it, so that there is always a whole one. Safe for use by many threads.
 */
public final class FileMemories implements Memories {
    private static final Logger LOG = LoggerFactory.getLogger(FileMemories.class);
    private static final String SUFFIX = ".json";
    private static final String HOST = "host" + SUFFIX;
    private final Path folder;

    /** What is kept of the host itself. */
    private record HostMemory(long epoch) {}

    private FileMemories(Path folder) {
        this.folder = folder;
    }

    public static FileMemories open(Path folder) throws EngineException {
        try {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            throw broken("cannot use the folder " + folder, e);
        }
        return new FileMemories(folder);
    }

    @Override
    public List<Kept> all() throws EngineException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.filter(file -> file.getFileName().toString().endsWith(SUFFIX)
                            && !file.getFileName().toString().equals(HOST))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw broken("cannot read the folder " + folder, e);
        }
        List<Kept> all = new ArrayList<>();
        for (Path file : files) {
            try {
                all.add(Wire.stored(Files.readString(file), Kept.class));
            } catch (IOException e) {
                throw broken("cannot read " + file, e);
            } catch (IllegalStateException e) {
                setAside(file, e);
            }
        }
        all.sort(java.util.Comparator.comparing(Kept::id));
        return List.copyOf(all);
    }

    // A file that cannot be read is worth less than a host that works: the server tells the assignment again, and an
    // instance that it doesn't know is reported as an orphan.
    private static void setAside(Path file, IllegalStateException why) throws EngineException {
        LOG.error("{} cannot be understood and is set aside", file, why);
        try {
            Files.move(file, file.resolveSibling(file.getFileName() + ".broken"), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw broken("cannot set aside " + file, e);
        }
    }

    @Override
    public void keep(Kept kept) throws EngineException {
        write(kept.id() + SUFFIX, Wire.write(kept));
    }

    @Override
    public void forget(InstanceId id) throws EngineException {
        try {
            Files.deleteIfExists(folder.resolve(id + SUFFIX));
        } catch (IOException e) {
            throw broken("cannot delete the memory of " + id, e);
        }
    }

    @Override
    public long hostEpoch() throws EngineException {
        Path file = folder.resolve(HOST);
        try {
            return Files.exists(file)
                    ? Wire.stored(Files.readString(file), HostMemory.class).epoch()
                    : 0;
        } catch (IOException e) {
            throw broken("cannot read " + file, e);
        }
    }

    @Override
    public void keepHostEpoch(long epoch) throws EngineException {
        write(HOST, Wire.write(new HostMemory(epoch)));
    }

    private void write(String name, String json) throws EngineException {
        // A name of its own for each thread: two writers of one file must not share what they write beside it.
        Path beside = folder.resolve(name + "." + Thread.currentThread().threadId() + ".new");
        try {
            try (FileChannel channel = FileChannel.open(
                    beside,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                ByteBuffer bytes = ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(false);
            }
            Files.move(
                    beside, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw broken("cannot write " + folder.resolve(name), e);
        }
    }

    private static EngineException broken(String what, IOException why) {
        return new EngineException(EngineException.Kind.UNAVAILABLE, what + ": " + why.getMessage(), why);
    }
}
