package yunqi.drivers.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Stream;
import yunqi.core.base.EngineException;

/**
 * Which network namespace each container joins: one file a container, named by the engine's id and written before each start, in a folder that only
 * root may enter. The OCI runtime reads it; nothing inside a container can.
 */
final class NetworkRecords {
    /** A container that was made and started within this time may be missing in a list that began before. */
    private static final Duration YOUNG = Duration.ofHours(1);

    private final Path folder;

    NetworkRecords(Path folder) {
        this.folder = folder;
    }

    /** {@code UNAVAILABLE} if the namespace isn't there yet. */
    void write(String container, String namespace) throws EngineException {
        if (!Files.exists(Path.of(namespace), LinkOption.NOFOLLOW_LINKS)) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "the network namespace " + namespace + " is not there yet");
        }
        Path record = folder.resolve(container);
        try {
            if (Files.exists(record) && Files.readString(record).equals(namespace + "\n")) {
                return;
            }
            Path fresh = folder.resolve(container + ".new");
            Files.writeString(fresh, namespace + "\n");
            Files.move(fresh, record, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    "cannot record the network namespace of " + container + ": " + e.getMessage(),
                    e);
        }
    }

    void remove(String container) throws EngineException {
        try {
            Files.deleteIfExists(folder.resolve(container));
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "cannot remove the record of " + container, e);
        }
    }

    /** Removes the records of containers that are no more: engines lose containers when their data is wiped. */
    void keepOnly(Set<String> containers, Instant now) throws EngineException {
        try (Stream<Path> all = Files.list(folder)) {
            for (Path record : all.toList()) {
                if (!containers.contains(record.getFileName().toString())
                        && Files.getLastModifiedTime(record).toInstant().isBefore(now.minus(YOUNG))) {
                    Files.deleteIfExists(record);
                }
            }
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "cannot read the records in " + folder, e);
        }
    }
}
