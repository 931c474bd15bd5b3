package yunqi.server.backup;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.wire.Release;
import yunqi.core.wire.Wire;
import yunqi.server.store.PostgresCopy;

/**
 * Writes a backup while the cloud runs. The file appears under its name when it is whole and on the disk, or not at all; only its owner may read it, since it holds the authority's key and the
 * operator's token.
 */
public final class Backup {
    // What is made anew where it is missing: networks from the rows, the rest by every start.
    private static final Set<String> LEFT_OUT =
            Set.of("pg", "ovn", "ovn-tls", "registry", "server.lock", "up-in-boot", Restore.STAGED);

    private final PostgresCopy rows;
    private final Path folder;

    /** What it is of: the rows of this database and the files in the server's folder. */
    public Backup(PostgresCopy rows, Path folder) {
        this.rows = rows;
        this.folder = folder;
    }

    /** Which program makes it, of which cloud, and whether with the bytes of images. */
    public record Wish(Release release, String authority, boolean images, Instant now) {}

    /** Makes the file, which must not be there yet. */
    public Manifest write(Path file, Wish wish) throws IOException {
        if (Files.exists(file)) {
            throw new BadValue("to", file + " is there already; choose another name");
        }
        PostgresCopy.Extent extent =
                rows.extent().orElseThrow(() -> new IOException("there is nothing in the database yet"));
        Path absolute = file.toAbsolutePath();
        Path beside = absolute.resolveSibling("." + absolute.getFileName() + ".new");
        try {
            requireRoom(absolute, extent.bytes() + size(wish.images()));
            Files.deleteIfExists(beside);
            Files.createFile(
                    beside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Manifest manifest = fill(beside, wish, extent);
            try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.createLink(absolute, beside); // unlike a move it replaces nothing
            return manifest;
        } catch (FileAlreadyExistsException e) {
            throw new BadValue("to", file + " is there already; choose another name");
        } catch (NoSuchFileException e) {
            throw new BadValue("to", "there is no folder " + absolute.getParent());
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    private static void requireRoom(Path file, long bytes) throws IOException {
        Path above = file.getParent();
        if (above == null || !Files.isDirectory(above)) {
            throw new BadValue("to", "there is no folder " + above);
        }
        requireRoom("to", above, Files.getFileStore(above).getUsableSpace(), bytes);
    }

    /** Throws {@link BadValue} unless so many bytes are free in the folder. */
    static void requireRoom(String field, Path above, long free, long bytes) {
        if (free < bytes) {
            throw new BadValue(
                    field,
                    "there are " + new Bytes(free) + " free in " + above + ", and up to " + new Bytes(bytes)
                            + " are needed; make room or choose another place");
        }
    }

    private Manifest fill(Path file, Wish wish, PostgresCopy.Extent extent) throws IOException {
        List<Manifest.Member> members = new ArrayList<>();
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            rows.dump((table, source) -> add(zip, members, Manifest.TABLES + table, source));
            for (Path inside : files(wish.images())) {
                String name = Manifest.FILES + folder.relativize(inside);
                add(zip, members, name, out -> Files.copy(inside, out));
            }
            Manifest manifest = new Manifest(
                    Manifest.FORM,
                    wish.now(),
                    wish.release().version(),
                    wish.release().number(),
                    extent.migration(),
                    wish.authority(),
                    wish.images(),
                    members);
            zip.putNextEntry(new ZipEntry(Manifest.NAME));
            zip.write(Wire.write(manifest).getBytes(java.nio.charset.StandardCharsets.UTF_8));
            zip.closeEntry();
            return manifest;
        }
    }

    private long size(boolean images) throws IOException {
        long size = 0;
        for (Path file : files(images)) {
            size += Files.size(file);
        }
        return size;
    }

    /** Keys, settings and tokens; and images, whose files are written once and never changed under one name. */
    private List<Path> files(boolean images) throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path inside, BasicFileAttributes attributes) {
                Path relative = folder.relativize(inside);
                boolean top = relative.getNameCount() == 1;
                boolean registry = top && relative.toString().equals("registry") && images;
                boolean uploads = relative.toString().contains("/_uploads"); // what is still on its way
                return uploads || (top && !registry && LEFT_OUT.contains(relative.toString()))
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path inside, BasicFileAttributes attributes) {
                Path relative = folder.relativize(inside);
                boolean own = relative.getNameCount() > 1 || !LEFT_OUT.contains(relative.toString());
                if (attributes.isRegularFile() && own) {
                    files.add(inside);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path inside, IOException why) throws IOException {
                if (why instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // it has gone since its folder was read
                }
                throw why;
            }
        });
        files.sort(null);
        return files;
    }

    private static void add(ZipOutputStream zip, List<Manifest.Member> members, String name, PostgresCopy.Source source)
            throws IOException {
        MessageDigest digest = sha256();
        long[] bytes = {0};
        zip.putNextEntry(new ZipEntry(name));
        source.to(new FilterOutputStream(zip) {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] some, int from, int length) throws IOException {
                out.write(some, from, length);
                digest.update(some, from, length);
                bytes[0] += length;
            }

            @Override
            public void close() throws IOException {
                flush(); // the file goes on after this member
            }
        });
        zip.closeEntry();
        members.add(new Manifest.Member(name, bytes[0], HexFormat.of().formatHex(digest.digest())));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Moves a file within its file system, so that it is at one place or the other. */
    static void move(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }
}
