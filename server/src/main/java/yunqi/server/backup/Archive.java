package yunqi.server.backup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import yunqi.core.base.BadValue;
import yunqi.core.wire.Release;
import yunqi.core.wire.Wire;

/** A backup that is read. */
public final class Archive implements AutoCloseable {
    private static final int APART = 1; // releases that understand each other's rows and files
    private static final long MANIFEST_LIMIT = 64 * 1024 * 1024; // some hundred thousand members

    private final Path file;
    private final ZipFile zip;
    private final Manifest manifest;

    private Archive(Path file, ZipFile zip, Manifest manifest) {
        this.file = file;
        this.zip = zip;
        this.manifest = manifest;
    }

    /** Opens the file and checks every byte of it. Throws {@link BadValue} if it is not a whole backup that this release understands. */
    public static Archive open(Path file) throws IOException {
        return open(file, Release.OURS);
    }

    static Archive open(Path file, Release ours) throws IOException {
        ZipFile zip;
        try {
            zip = new ZipFile(file.toFile());
        } catch (IOException e) {
            throw new BadValue("file", file + " is not a backup, or not a whole one: " + e.getMessage());
        }
        try {
            Archive archive = new Archive(file, zip, manifest(file, zip, ours));
            archive.check();
            return archive;
        } catch (IOException e) {
            zip.close();
            throw new BadValue("file", file + " is damaged: " + e.getMessage());
        } catch (RuntimeException e) {
            zip.close();
            throw e;
        }
    }

    private static Manifest manifest(Path file, ZipFile zip, Release ours) throws IOException {
        ZipEntry entry = zip.getEntry(Manifest.NAME);
        if (entry == null || entry.getSize() > MANIFEST_LIMIT) {
            throw new BadValue("file", file + " has no manifest: it is not a backup of Yunqi");
        }
        Manifest manifest;
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readAllBytes();
            CRC32 sum = new CRC32(); // of all members it alone has no digest
            sum.update(bytes);
            if (sum.getValue() != entry.getCrc()) {
                throw new BadValue("file", file + " is damaged: its manifest is not as it was written");
            }
            manifest = Wire.stored(new String(bytes, StandardCharsets.UTF_8), Manifest.class);
        } catch (IllegalStateException e) {
            throw new BadValue("file", file + " has a manifest that cannot be read");
        }
        if (manifest.form() != Manifest.FORM) {
            throw new BadValue(
                    "file",
                    file + " was made by Yunqi " + manifest.version() + " in a form that this version does not know");
        }
        int distance = manifest.release() - ours.number();
        if (Math.abs(distance) > APART) {
            throw new BadValue(
                    "file",
                    file + " was made by Yunqi " + manifest.version() + " (release " + manifest.release()
                            + "), and this is " + ours.version() + " (release " + ours.number()
                            + "): bring it back by that release"
                            + (distance < 0 ? ", then 'yunqi up' one release at a time" : ""));
        }
        return manifest;
    }

    private void check() throws IOException {
        Set<String> known = new HashSet<>(Set.of(Manifest.NAME));
        byte[] buffer = new byte[64 * 1024];
        for (Manifest.Member member : manifest.members()) {
            checkName(member.name());
            known.add(member.name());
            MessageDigest digest = Backup.sha256();
            long left = member.bytes();
            try (InputStream in = member(member.name())) {
                for (int read = in.read(buffer); read >= 0 && left >= 0; read = in.read(buffer)) {
                    digest.update(buffer, 0, read);
                    left -= read;
                }
            }
            if (left != 0 || !HexFormat.of().formatHex(digest.digest()).equals(member.sha256())) {
                throw new BadValue("file", file + " is damaged: " + member.name() + " is not what its manifest says");
            }
        }
        zip.stream()
                .filter(entry -> !known.contains(entry.getName()))
                .findFirst()
                .ifPresent(entry -> {
                    throw new BadValue(
                            "file", file + " holds " + entry.getName() + ", of which its manifest says nothing");
                });
    }

    /** It is about to be a path below the server's folder. */
    private void checkName(String name) {
        boolean good = (name.startsWith(Manifest.TABLES) || name.startsWith(Manifest.FILES))
                && Path.of(name).normalize().toString().equals(name);
        if (!good) {
            throw new BadValue("file", file + " has a member with a name that no backup of ours has");
        }
    }

    public Manifest manifest() {
        return manifest;
    }

    /** A member's bytes. */
    public InputStream member(String name) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            throw new BadValue("file", file + " is damaged: " + name + " is missing");
        }
        return zip.getInputStream(entry);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
