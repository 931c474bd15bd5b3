package yunqi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.cli.api.Surroundings;

/** What {@code up} and its sisters say when something is in the way; nothing may be half-started then. */
class BadDaysTest {
    @TempDir
    private Path folder = Path.of("");

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int yunqi(String... words) {
        err.reset();
        var around = new Surroundings(
                Map.of("HOME", folder.toString(), "YUNQI_HOME", System.getProperty("yunqi.home", "..")),
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return Main.run(around, List.of(words));
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aTakenPortIsNamedWithItsHolder() throws IOException {
        Path root = folder.resolve("r");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(yunqi(
                            "up",
                            "--simulated",
                            "1",
                            "--root",
                            root.toString(),
                            "--port",
                            "api=" + taken.getLocalPort()))
                    .isEqualTo(1);
            assertThat(err())
                    .contains("port " + taken.getLocalPort() + " (api) is taken by ")
                    .contains("--port-base");
        }
        assertThat(Files.exists(root)).as("nothing half-started").isFalse();
    }

    @Test
    void aFolderOfOthersIsLeftAlone() throws IOException {
        Files.writeString(folder.resolve("mine.txt"), "x");
        assertThat(yunqi("up", "--simulated", "1", "--root", folder.toString())).isEqualTo(1);
        assertThat(err()).contains("holds something that is not Yunqi's");
        assertThat(yunqi("purge", "--yes", "--root", folder.toString())).isEqualTo(1);
        assertThat(err()).contains("there is nothing of Yunqi's");
        assertThat(Files.exists(folder.resolve("mine.txt"))).isTrue();
    }

    @Test
    void aRootThatIsTooLongIsRefused() {
        assertThat(yunqi("up", "--simulated", "1", "--root", "/tmp/" + "x".repeat(80)))
                .isEqualTo(1);
        assertThat(err()).contains("too long for the sockets");
    }

    @Test
    void downWithoutAnythingIsOneSentence() {
        assertThat(yunqi("down", "--root", folder.resolve("none").toString())).isEqualTo(1);
        assertThat(err()).contains("there is nothing of Yunqi's").contains("--root");
    }
}
