package yunqi.server.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import yunqi.core.base.BadValue;
import yunqi.core.wire.Release;
import yunqi.core.wire.Wire;

/** A file is a backup that this release understands, to the last byte, or it is refused before anything is changed. */
final class ArchiveTest {
    private static final Release OURS = new Release(3, "0.3.0");
    private static final Map<String, String> MEMBERS =
            new TreeMap<>(Map.of("database/thing", "one\ttwo\n", "server/ca/ca.key", "the key"));

    @TempDir
    private Path folder = Path.of("");

    private static Manifest.Member member(String name, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new Manifest.Member(
                name, bytes.length, HexFormat.of().formatHex(Backup.sha256().digest(bytes)));
    }

    private static List<Manifest.Member> members() {
        List<Manifest.Member> members = new ArrayList<>();
        MEMBERS.forEach((name, text) -> members.add(member(name, text)));
        return members;
    }

    private static Manifest manifest(int form, int release, List<Manifest.Member> members) {
        Instant made = Instant.parse("2026-03-01T10:00:00Z");
        return new Manifest(form, made, "0." + release + ".0", release, "8", "authority", false, members);
    }

    private Path file(Manifest manifest, Map<String, String> texts) throws IOException {
        Path file = folder.resolve("cloud.backup");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            Map<String, String> all = new TreeMap<>(texts);
            all.put(Manifest.NAME, Wire.write(manifest));
            for (Map.Entry<String, String> one : all.entrySet()) {
                zip.putNextEntry(new ZipEntry(one.getKey()));
                zip.write(one.getValue().getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }
        return file;
    }

    private static void refused(Path file, String why) {
        assertThatThrownBy(() -> Archive.open(file, OURS).close())
                .isInstanceOf(BadValue.class)
                .hasMessageContaining(why);
    }

    @Test
    void aWholeOneIsRead() throws IOException {
        Manifest manifest = manifest(Manifest.FORM, 3, members());
        try (Archive archive = Archive.open(file(manifest, MEMBERS), OURS)) {
            assertThat(archive.manifest()).isEqualTo(manifest);
            assertThat(archive.member("server/ca/ca.key")).hasContent("the key");
        }
    }

    @Test
    void releasesThatDoNotUnderstandEachOtherAreRefused() throws IOException {
        for (int near : new int[] {2, 3, 4}) {
            Archive.open(file(manifest(Manifest.FORM, near, members()), MEMBERS), OURS)
                    .close();
        }
        refused(file(manifest(Manifest.FORM, 1, members()), MEMBERS), "bring it back by that release, then 'yunqi up'");
        refused(
                file(manifest(Manifest.FORM, 5, members()), MEMBERS),
                "0.5.0 (release 5), and this is 0.3.0 (release 3)");
        refused(file(manifest(Manifest.FORM + 1, 3, members()), MEMBERS), "a form that this version does not know");
    }

    @Test
    void whatIsNotAsItsManifestSaysIsRefused() throws IOException {
        Manifest manifest = manifest(Manifest.FORM, 3, members());
        Map<String, String> other = new TreeMap<>(MEMBERS);
        other.put("database/thing", "one\tTWO\n");
        refused(file(manifest, other), "database/thing is not what its manifest says");
        other.put("database/thing", "one\ttwo\nthree\n");
        refused(file(manifest, other), "database/thing is not what its manifest says");
        other.remove("database/thing");
        refused(file(manifest, other), "database/thing is missing");
        Map<String, String> more = new TreeMap<>(MEMBERS);
        more.put("server/more", "more");
        refused(file(manifest, more), "holds server/more, of which its manifest says nothing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server/../../../etc/passwd",
                "/etc/passwd",
                "server//x",
                "server/./x",
                "elsewhere/x",
                "server/ca/../../x",
                "database/../server/x"
            })
    void noMemberLeavesTheFolder(String name) throws IOException {
        Manifest manifest = manifest(Manifest.FORM, 3, List.of(member(name, "x")));
        refused(file(manifest, Map.of(name, "x")), "a name that no backup of ours has");
    }

    @Test
    void whatIsNoBackupIsRefused() throws IOException {
        Path file = file(manifest(Manifest.FORM, 3, members()), MEMBERS);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            refused(file, "is not a backup, or not a whole one");
        }
        refused(folder.resolve("missing"), "is not a backup");
        Path bare = folder.resolve("bare");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(bare))) {
            zip.putNextEntry(new ZipEntry("x"));
            zip.closeEntry();
        }
        refused(bare, "has no manifest");
    }

    @Test
    void roomIsAskedForBeforeAnythingIsWritten() {
        Path above = Path.of("/backups");
        assertThatCode(() -> Backup.requireRoom("to", above, 100, 100)).doesNotThrowAnyException();
        assertThatThrownBy(() -> Backup.requireRoom("to", above, 99, 100))
                .isInstanceOf(BadValue.class)
                .hasMessageContaining("free in /backups")
                .hasMessageContaining("make room");
    }
}
