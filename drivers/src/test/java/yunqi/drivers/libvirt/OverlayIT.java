package yunqi.drivers.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import yunqi.core.base.Bytes;
import yunqi.core.wire.Wire;
import yunqi.drivers.process.Command;

/** QEMU's own tools read what we wrote. */
final class OverlayIT {
    private static final Duration QUICK = Duration.ofSeconds(30);

    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(longs = {1 << 20, 1L << 30, (10L << 30) + 512, 5L << 40, 64L << 40})
    void qemuFindsTheDiskSoundAndOfThatSize(long size) throws Exception {
        Path base = folder.resolve("base.qcow2");
        Command.must(QUICK, List.of("qemu-img", "create", "-q", "-f", "qcow2", base.toString(), "1M"));
        Path disk = folder.resolve("disk.qcow2");
        Files.write(disk, Overlay.of(base.toString(), new Bytes(size)));
        Command.must(QUICK, List.of("qemu-img", "check", "-q", "-f", "qcow2", disk.toString()));
        JsonNode info = Wire.lenient()
                .readTree(Command.must(QUICK, List.of("qemu-img", "info", "--output=json", disk.toString())));
        assertThat(info.path("virtual-size").asLong()).isEqualTo(size);
        assertThat(info.path("backing-filename").asText()).isEqualTo(base.toString());
        assertThat(info.path("backing-filename-format").asText()).isEqualTo("qcow2");
        Command.must(QUICK, List.of("qemu-img", "resize", "-q", "-f", "qcow2", disk.toString(), "+1G"));
        Command.must(QUICK, List.of("qemu-img", "check", "-q", "-f", "qcow2", disk.toString()));
    }
}
