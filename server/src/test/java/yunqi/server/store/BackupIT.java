package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.audit.AuditEntry;
import yunqi.core.audit.Outcome;
import yunqi.core.audit.What;
import yunqi.core.audit.Who;
import yunqi.core.base.BadValue;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.wire.Release;
import yunqi.server.audit.EraNotes;
import yunqi.server.backup.Archive;
import yunqi.server.backup.Backup;
import yunqi.server.backup.Manifest;
import yunqi.server.backup.Restore;

/** A backup holds everything, is refused if anything of it is not as it was written, and brings back a state in which nothing is given out a second time. */
final class BackupIT {
    private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

    @TempDir
    private Path home = Path.of("");

    private PostgresSettings settings = PostgresSettings.of("jdbc:postgresql:none", "", "");
    private PostgresCopy copy = new PostgresCopy(settings);

    @BeforeEach
    void database() throws Exception {
        settings = PostgresForTests.database();
        copy = new PostgresCopy(settings);
        Files.createDirectories(folder().resolve("ca"));
        Files.createDirectories(folder().resolve("pg/data"));
        Files.createDirectories(folder().resolve("registry/data"));
        Files.writeString(folder().resolve("ca/ca.key"), "the key");
        Files.writeString(folder().resolve("server.json"), "{}");
        Files.writeString(folder().resolve("pg/data/rows"), "not by this way");
        Files.writeString(folder().resolve("registry/data/blob"), "bytes");
    }

    private Path folder() {
        return home.resolve("server");
    }

    private Path file() {
        return home.resolve("cloud.backup");
    }

    private PostgresStore open() {
        return PostgresStore.open(settings, Instant::now);
    }

    private Manifest backup(boolean images) throws Exception {
        return new Backup(copy, folder()).write(file(), new Backup.Wish(Release.OURS, "authority", images, NOW));
    }

    private Path restore() throws Exception {
        Restore restore = new Restore(copy, folder());
        try (Archive archive = Archive.open(file())) {
            restore.stage(archive);
            return restore.swap(NOW, archive.manifest(), Optional.of("authority"));
        }
    }

    private static Row token(String name) {
        Meta meta = new Meta(
                UUID.randomUUID(), Optional.empty(), new Name(name), Labels.NONE, 1, 0, 0, 0, NOW, Optional.empty());
        return new Row("token", meta, "{\"purpose\":\"user\"}", Row.EMPTY, Row.EMPTY, Optional.empty());
    }

    private static void remove(Store store, Row row) {
        Things.done(store.write(List.of(new Write.MarkDeleted(row.id(), 1, NOW), new Write.Remove(row.id(), 0))));
    }

    private static Audit.Announced entry(String name) {
        return new Audit.Announced(
                UUID.randomUUID(),
                AuditEntry.of(
                        NOW,
                        Who.anonymous("10.0.0.1"),
                        new What("PUT", "/v1/x", Optional.empty(), "x", name),
                        Outcome.accepted(200),
                        "r"));
    }

    private static void audit(PostgresStore store, String name) {
        Audit.Announced one = entry(name);
        store.audit().announce("us", List.of(one));
        store.audit().append(List.of(one));
    }

    @Test
    void whatWasThereThenIsThereAgainAndNothingIsGivenOutTwice() throws Exception {
        Row old = Things.row("old");
        Row kept = token("kept");
        Row revoked = token("revoked");
        long cursor;
        Lease lease;
        try (PostgresStore store = open()) {
            assertThat(store.era().forgetful()).isFalse();
            Things.created(store, old);
            Things.created(store, kept);
            Things.created(store, revoked);
            Things.done(store.write(List.of(new Write.Claim("addresses", "10.0.0.2", old.id()))));
            audit(store, "before");
            assertThat(store.lease("control", "us", Duration.ofMinutes(5))).isPresent();
            backup(false);
            Things.created(store, Things.row("later"));
            remove(store, revoked);
            audit(store, "later");
            lease = store.lease("control", "us", Duration.ofMinutes(5)).orElseThrow();
            Row last = Things.created(store, Things.row("last"));
            long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (store.changes(store.oldest(), 100).stream()
                            .noneMatch(change -> change.id().equals(last.id()))
                    && System.nanoTime() < end) {
                store.await(store.version(), Duration.ofMillis(100));
            }
            cursor = store.version();
        }
        Path aside = restore();
        try (PostgresStore store = open()) {
            assertThat(store.era().forgetful()).isTrue();
            assertThat(store.get(old.id())).isPresent();
            assertThat(store.claims("addresses")).containsExactly("10.0.0.2");
            assertThat(store.find("instance", Optional.of(Things.PROJECT), new Name("later")))
                    .isEmpty();
            assertThat(store.get(kept.id())).isPresent();
            assertThat(store.get(revoked.id()))
                    .as("a token that was revoked since")
                    .isEmpty();
            assertThat(store.oldest()).as("who followed the log lists anew").isGreaterThan(cursor);
            assertThatThrownBy(() -> store.changes(cursor, 10)).isInstanceOf(LogTrimmed.class);
            assertThat(store.lease("control", "other", Duration.ofMinutes(5))
                            .orElseThrow()
                            .epoch())
                    .isGreaterThan(lease.epoch());
            try (EraNotes _ = EraNotes.open(store, store.audit(), () -> NOW, "us")) {
                List<AuditEntry> entries = store.audit().list(Audit.Asked.after(0, 10));
                assertThat(entries).extracting(one -> one.what().kind()).containsExactly("x", EraNotes.KIND);
            }
            try (EraNotes _ = EraNotes.open(store, store.audit(), () -> NOW, "other")) {
                assertThat(store.audit().ends().head().number()).isEqualTo(2);
            }
            Things.created(store, Things.row("after"));
        }
        new Restore(copy, folder()).undo(aside);
        try (PostgresStore store = open()) {
            assertThat(store.find("instance", Optional.of(Things.PROJECT), new Name("later")))
                    .isPresent();
            assertThat(store.get(revoked.id())).isEmpty();
        }
    }

    @Test
    void aRestartBeginsNoEraAndAStandbyThatTookOverDoes() throws Exception {
        try (PostgresStore store = open()) {
            Things.created(store, Things.row("one"));
        }
        Era first;
        try (PostgresStore store = open()) {
            first = store.era();
            assertThat(first.forgetful()).isFalse();
            Things.created(store, Things.row("two"));
        }
        try (Connection connection = PostgresForTests.connect(settings);
                Statement statement = connection.createStatement()) {
            // As it stands there once another PostgreSQL, or another timeline of it, has the rows.
            statement.execute("update era set system = '7/00000001'");
        }
        try (PostgresStore store = open();
                PostgresStore other = open()) {
            assertThat(store.era().forgetful()).isTrue();
            assertThat(other.era()).isEqualTo(store.era());
            assertThat(store.version()).isGreaterThanOrEqualTo(store.era().start());
        }
    }

    @Test
    void filesArePutInPlaceAndWhatWasThereIsSetAside() throws Exception {
        try (PostgresStore store = open()) {
            Things.created(store, Things.row("one"));
        }
        Manifest manifest = backup(true);
        assertThat(manifest.members())
                .extracting(Manifest.Member::name)
                .contains("database/thing", "server/ca/ca.key", "server/registry/data/blob")
                .doesNotContain("server/pg/data/rows");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        Files.writeString(folder().resolve("ca/ca.key"), "another key");
        Files.writeString(folder().resolve("server.json"), "{\"address\":\"10.0.0.9\"}");
        Files.delete(folder().resolve("registry/data/blob"));
        Path aside = restore();
        assertThat(folder().resolve("ca/ca.key")).hasContent("the key");
        assertThat(folder().resolve("registry/data/blob")).hasContent("bytes");
        assertThat(folder().resolve("server.json"))
                .as("where this machine is")
                .hasContent("{\"address\":\"10.0.0.9\"}");
        assertThat(aside.resolve("ca/ca.key")).hasContent("another key");
        new Restore(copy, folder()).undo(aside);
        assertThat(folder().resolve("ca/ca.key")).hasContent("another key");
        assertThat(folder().resolve("registry/data/blob")).doesNotExist();
        assertThat(folder().resolve("staged")).doesNotExist();
    }

    @Test
    void aDamagedFileIsRefused() throws Exception {
        try (PostgresStore store = open()) {
            for (int i = 0; i < 50; i++) {
                Things.created(store, Things.row("row-" + i));
            }
        }
        Manifest manifest = backup(false);
        int noticed = 0;
        assertThatThrownBy(() -> backup(false)).isInstanceOf(BadValue.class).hasMessageContaining("there already");
        byte[] whole = Files.readAllBytes(file());
        for (int share = 1; share < 20; share++) {
            int at = whole.length * share / 20;
            try (RandomAccessFile damaged = new RandomAccessFile(file().toFile(), "rw")) {
                damaged.seek(at);
                damaged.write(whole[at] ^ 0x55);
            }
            try (Archive archive = Archive.open(file())) {
                // Not every byte says something: where the file still says the same, nothing is lost.
                assertThat(archive.manifest()).isEqualTo(manifest);
            } catch (BadValue refused) {
                noticed++;
            }
            Files.write(file(), whole);
        }
        assertThat(noticed).isGreaterThan(10);
        Files.write(file(), java.util.Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(() -> Archive.open(file()).close()).isInstanceOf(BadValue.class);
        Files.write(file(), new byte[0]);
        assertThatThrownBy(() -> Archive.open(file()).close()).isInstanceOf(BadValue.class);
        Files.write(file(), whole);
        Archive.open(file()).close();
    }
}
