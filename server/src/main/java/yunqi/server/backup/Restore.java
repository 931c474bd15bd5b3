package yunqi.server.backup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import yunqi.core.base.BadValue;
import yunqi.core.wire.Wire;
import yunqi.server.store.PostgresCopy;

/**
 * Brings a backup back, in three steps. {@link #stage} lays everything beside what is there, while the cloud runs. {@link #swap}, with the server stopped, exchanges the two and keeps what was there under
 * another name. {@link #undo} exchanges them back.
 */
public final class Restore {
    /** In the server's folder: what is about to be put in place. */
    static final String STAGED = "staged";

    private static final String SWAPPED = "swapped.json"; // beside what was set aside
    private static final String SETTINGS = "server.json";
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private final PostgresCopy rows;
    private final Path folder;

    public Restore(PostgresCopy rows, Path folder) {
        this.rows = rows;
        this.folder = folder;
    }

    /** What {@link #swap} did: the schema under which the rows are kept that were there, which files took the place of others, and which are new. */
    public record Swapped(Optional<String> schema, List<String> replaced, List<String> added) {
        public Swapped {
            replaced = List.copyOf(replaced);
            added = List.copyOf(added);
        }
    }

    /** Lays all of the backup beside what is there. Nothing of it counts yet, and nothing of it stays if that fails. */
    public void stage(Archive archive) throws IOException {
        remove(folder.resolve(STAGED));
        long bytes = archive.manifest().members().stream()
                .mapToLong(Manifest.Member::bytes)
                .sum();
        Backup.requireRoom("file", folder, Files.getFileStore(folder).getUsableSpace(), bytes);
        try {
            lay(archive);
        } catch (IOException | RuntimeException e) {
            try {
                remove(folder.resolve(STAGED));
                rows.unstage();
            } catch (IOException also) {
                e.addSuppressed(also);
            }
            throw e;
        }
    }

    private void lay(Archive archive) throws IOException {
        Manifest manifest = archive.manifest();
        Path staged = folder.resolve(STAGED);
        Files.createDirectory(
                staged, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        for (Manifest.Member member : manifest.members()) {
            if (member.name().startsWith(Manifest.FILES)) {
                Path file = staged.resolve(member.name().substring(Manifest.FILES.length()));
                Files.createDirectories(file.getParent());
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                try (InputStream in = archive.member(member.name());
                        var out = Files.newOutputStream(file)) {
                    in.transferTo(out);
                }
            }
        }
        rows.stage(manifest.migration(), table -> archive.member(Manifest.TABLES + table));
    }

    /**
     * Exchanges what was staged and what is there; no server may work meanwhile. Settings that are there stay, since they say where this machine is. Gives back the folder in which everything is
     * kept that was there. If it fails, all is as it was.
     */
    public Path swap(Instant now, Manifest manifest, Optional<String> authority) throws IOException {
        Path staged = folder.resolve(STAGED);
        if (!Files.isDirectory(staged)) {
            throw new IOException("nothing was staged in " + staged);
        }
        Path aside = folder.resolveSibling("before-" + STAMP.format(now));
        Files.createDirectories(
                aside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            exchange(staged, aside, now, authority.equals(Optional.of(manifest.authority())));
        } catch (IOException | RuntimeException e) {
            try {
                undo(aside);
            } catch (IOException | RuntimeException also) {
                e.addSuppressed(also);
                throw new IOException(
                        e.getMessage() + "; and it cannot be put back as it was: " + also.getMessage() + " (" + aside
                                + " holds what was there)",
                        e);
            }
            throw e;
        }
        remove(staged);
        return aside;
    }

    private void exchange(Path staged, Path aside, Instant now, boolean same) throws IOException {
        Optional<String> schema = Optional.of(PostgresCopy.before(now));
        List<String> replaced = new ArrayList<>();
        List<String> added = new ArrayList<>();
        // Written before anything is exchanged: whatever is cut off, it is known what has to be put back.
        note(aside, new Swapped(schema, replaced, added));
        rows.swap(now, same);
        for (Path file : files(staged)) {
            String name = staged.relativize(file).toString();
            Path place = folder.resolve(name);
            boolean there = Files.exists(place);
            if (there && (name.equals(SETTINGS) || Files.mismatch(file, place) < 0)) {
                continue;
            }
            if (there) {
                replaced.add(name);
            } else {
                added.add(name);
            }
            note(aside, new Swapped(schema, replaced, added));
            if (there) {
                Backup.move(place, aside.resolve(name));
            }
            Backup.move(file, place);
        }
    }

    /** Puts back everything that is kept in this folder. */
    public void undo(Path aside) throws IOException {
        Path note = aside.resolve(SWAPPED);
        if (!Files.exists(note)) {
            throw new BadValue("folder", aside + " does not hold what a restore has set aside");
        }
        Swapped swapped = Wire.stored(Files.readString(note), Swapped.class);
        for (String name : swapped.added()) {
            Files.deleteIfExists(folder.resolve(name));
        }
        for (String name : swapped.replaced()) {
            if (Files.exists(aside.resolve(name))) {
                Files.deleteIfExists(folder.resolve(name));
                Backup.move(aside.resolve(name), folder.resolve(name));
            }
        }
        if (swapped.schema().isPresent()
                && rows.kept().contains(swapped.schema().get())) {
            rows.undo(swapped.schema().get());
        }
        remove(aside);
    }

    private static void note(Path aside, Swapped swapped) throws IOException {
        Path fresh = aside.resolve(SWAPPED + ".new");
        Files.writeString(fresh, Wire.write(swapped));
        Backup.move(fresh, aside.resolve(SWAPPED));
    }

    private static List<Path> files(Path below) throws IOException {
        try (Stream<Path> all = Files.walk(below)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void remove(Path path) throws IOException {
        if (Files.exists(path)) {
            try (Stream<Path> all = Files.walk(path)) {
                for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }
}
