package yunqi.drivers.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Command;

final class ImageArchiveTest {
    @TempDir
    private Path folder = Path.of("");

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 8_589_934_591L, 8_589_934_592L, 1_099_511_627_776L})
    void tarReadsOurHeads(long size) throws Exception {
        Path file = folder.resolve("a.tar");
        Files.write(file, ImageArchive.header("0.tar", size));
        Command.Result listed = Command.run(Duration.ofSeconds(20), Map.of(), List.of("tar", "-tvf", file.toString()));
        assertThat(listed.output()).contains(" " + size + " ").contains("0.tar").startsWith("-rw-r--r--");
    }

    @Test
    void aFullDiskIsNoCapacity() {
        assertThat(ImageArchive.diskTrouble("x", new IOException("No space left on device"))
                        .kind())
                .isEqualTo(EngineException.Kind.NO_CAPACITY);
    }

    @ParameterizedTest
    @CsvSource({
        "404, no such image, REFUSED",
        "400, bad parameter, REFUSED",
        "409, a conflict, BUSY",
        "500, removal of container is already in progress, BUSY",
        "500, id already in use, BUSY",
        "500, 'task 12: already exists: unknown', BUSY",
        "500, 'failed to start shim: mkdir /x: file exists: unknown', BUSY",
        "500, write /x: no space left on device, NO_CAPACITY",
        "500, 'OCI runtime create failed: exec: not found', REFUSED",
        "500, 'connection error: dial unix /x/containerd.sock: connect: connection refused', UNAVAILABLE",
    })
    void theEnginesComplaintsDecideWhetherToTryAgain(int status, String message, EngineException.Kind kind) {
        EngineException complaint = DockerConnection.complaint(
                "doing", status, "{\"message\":\"" + message + " \\\"x\\\"\"}\n", new IOException("status"));
        assertThat(complaint.kind()).isEqualTo(kind);
        assertThat(complaint).hasMessage("doing: " + message + " \"x\"");
    }
}
