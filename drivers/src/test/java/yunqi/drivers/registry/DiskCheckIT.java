package yunqi.drivers.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Sandbox;

/** Disks as strangers may send them, made by the real qemu-img: the good are taken, each of the bad is refused for what it is. */
class DiskCheckIT {
    private static final Bytes LIMIT = Bytes.gibibytes(100);
    private static final Duration QUICK = Duration.ofSeconds(30);

    @TempDir
    private Path folder = Path.of("");

    private Path disk(String name, String... options) throws EngineException {
        Path file = folder.resolve(name);
        List<String> command = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", "qcow2"));
        command.addAll(List.of(options));
        command.add(file.toString());
        command.add("64M");
        Command.must(QUICK, command);
        return file;
    }

    private Path written(String name, String... options) throws EngineException {
        Path file = disk(name, options);
        Command.must(
                QUICK,
                List.of("qemu-io", "-f", "qcow2", "-c", "write -P 7 0 4M", "-c", "write -P 9 32M 1M", file.toString()));
        return file;
    }

    private static void patch(Path file, long at, int... bytes) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "rw")) {
            in.seek(at);
            for (int one : bytes) {
                in.write(one);
            }
        }
    }

    private static void refused(Path file, String why) {
        assertThatThrownBy(() -> DiskCheck.check(file, LIMIT)).isInstanceOfSatisfying(EngineException.class, e -> {
            assertThat(e.kind()).as(e.getMessage()).isEqualTo(EngineException.Kind.REFUSED);
            assertThat(e.getMessage()).contains(why);
        });
    }

    @Test
    void disksAsToolsMakeThemAreTaken() throws Exception {
        for (Path file : List.of(
                disk("empty"),
                written("plain"),
                written("old", "-o", "compat=0.10"),
                written("zstd", "-o", "compression_type=zstd"),
                written("parts", "-o", "extended_l2=on,cluster_size=128k"),
                written("small", "-o", "cluster_size=512"),
                written("with:colon"))) {
            assertThat(DiskCheck.check(file, LIMIT).size()).as(file.toString()).isEqualTo(Bytes.mebibytes(64));
        }
    }

    @Test
    void whatStandsOnAnotherFileIsRefused() throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), "s".repeat(1 << 20));
        refused(disk("on-secret", "-b", secret.toString(), "-F", "raw"), "stands on another file");
        refused(
                disk("on-address", "-u", "-F", "raw", "-b", "json:{\"driver\":\"nbd\",\"host\":\"127.0.0.1\"}"),
                "stands on another file");
        refused(disk("outside", "-o", "data_file=" + folder.resolve("data")), "keeps its data in another file");
        Path hidden = disk("hidden", "-o", "data_file=" + folder.resolve("data2"));
        patch(hidden, 79, 0); // the feature is taken back, the other file's name is still there
        refused(hidden, "names another file for its data");
    }

    @Test
    void whatIsNotADiskByItselfIsRefused() throws Exception {
        Path raw = Files.write(folder.resolve("raw"), new byte[1 << 20]);
        refused(raw, "is not in qcow2 form");
        refused(Files.write(folder.resolve("nothing"), new byte[0]), "is not in qcow2 form");
        Path vmdk = folder.resolve("vmdk");
        Command.must(QUICK, List.of("qemu-img", "create", "-q", "-f", "vmdk", vmdk.toString(), "64M"));
        refused(vmdk, "is not in qcow2 form");
        // Marked as LUKS in its head; qemu-img makes a real one only where it can measure the processor's time well.
        Path locked = disk("locked");
        patch(locked, 35, 2);
        refused(locked, "is encrypted");
        Path snapshots = written("snapshots");
        Command.must(QUICK, List.of("qemu-img", "snapshot", "-c", "before", snapshots.toString()));
        refused(snapshots, "has snapshots inside");
    }

    @Test
    void bombsAreRefused() throws Exception {
        Path huge = folder.resolve("huge");
        Command.must(QUICK, List.of("qemu-img", "create", "-q", "-f", "qcow2", huge.toString(), "8T"));
        refused(huge, "is a disk of 8TiB for its guest; the largest that is taken here is 100GiB");
        Path negative = disk("negative");
        patch(negative, 24, 0xFF);
        refused(negative, "has no size");
        Path table = disk("table");
        patch(table, 36, 0x7F, 0xFF, 0xFF, 0xFF);
        refused(table, "has a first table of 2147483647 entries");
        Path counts = disk("counts");
        patch(counts, 56, 0x00, 0x10, 0x00, 0x00);
        refused(counts, "has a table of reference counts of");
        Path clusters = disk("clusters");
        patch(clusters, 20, 0, 0, 0, 60);
        refused(clusters, "has clusters of 2^60 bytes");
        Path endless = disk("endless");
        patch(endless, 112, 0x12, 0x34, 0x56, 0x78, 0x7F, 0xFF, 0xFF, 0xF0);
        refused(endless, "has a head without an end");
    }

    @Test
    void damagedDisksAreRefused() throws Exception {
        Path cut = written("cut");
        try (RandomAccessFile file = new RandomAccessFile(cut.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }
        refused(cut, "the disk is damaged");
        Path short0 = disk("short");
        try (RandomAccessFile file = new RandomAccessFile(short0.toFile(), "rw")) {
            file.setLength(100_000);
        }
        refused(short0, "outside of the file");
        Path loop = written("loop");
        patch(loop, 3L << 16, 0x80, 0, 0, 0, 0, 3, 0, 0); // the first table's first entry leads to itself
        refused(loop, "the disk is damaged");
        Path marked = disk("marked");
        patch(marked, 79, 2);
        refused(marked, "says of itself that it is damaged");
        Path dirty = disk("dirty");
        patch(dirty, 79, 1);
        refused(dirty, "was not closed well");
        Path strange = disk("strange");
        patch(strange, 76, 0x40);
        refused(strange, "needs features that are not known here");
    }

    @Test
    void theSandboxHasNoNetworkAndNoPen() throws Exception {
        Sandbox.Bounds bounds = new Sandbox.Bounds(Bytes.gibibytes(1), Duration.ofSeconds(2), Duration.ofSeconds(30));
        assertThat(Sandbox.run(bounds, List.of("sh", "-c", "tail -n +3 /proc/net/dev; ulimit -f"))
                        .output())
                .doesNotContain("eth0")
                .contains("lo:")
                .endsWith("0\n");
        Path file = folder.resolve("written");
        Command.Result pen = Sandbox.run(bounds, List.of("sh", "-c", "echo more > " + file));
        assertThat(pen.good()).isFalse();
        assertThat(Files.exists(file) ? Files.size(file) : 0).isZero();
        assertThat(Sandbox.run(bounds, List.of("grep", "-E", "NoNewPrivs|CapEff", "/proc/self/status"))
                        .output())
                .contains("NoNewPrivs:\t1")
                .contains("CapEff:\t0000000000000000");
        assertThatThrownBy(() -> Sandbox.run(bounds, List.of("sh", "-c", "while :; do :; done")))
                .hasMessageContaining("needs more than 2 s");
        assertThat(Sandbox.run(bounds, List.of("sh", "-c", "ulimit -v")).output())
                .isEqualTo("1048576\n");
    }
}
