package yunqi.drivers.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.instance.Session;

final class LogFilesTest {
    @TempDir
    private Path folder = Path.of("");

    private Path log = Path.of("");

    @BeforeEach
    void name() {
        log = folder.resolve("console.log");
    }

    private String all(int tail) throws Exception {
        StringBuilder text = new StringBuilder();
        try (Session session = LogFiles.open(log, tail, false)) {
            for (Optional<Session.Chunk> chunk = session.read(); chunk.isPresent(); chunk = session.read()) {
                text.append(StandardCharsets.UTF_8.decode(chunk.get().bytes()));
            }
        }
        return text.toString();
    }

    @Test
    void aLogThatIsNotThereYetIsEmpty() throws Exception {
        assertThat(all(-1)).isEmpty();
        assertThat(all(5)).isEmpty();
    }

    @Test
    void theTailReachesIntoOlderFiles() throws Exception {
        Files.writeString(folder.resolve("console.log.1"), "one\ntwo\n");
        Files.writeString(folder.resolve("console.log.0"), "three\nfour\n");
        Files.writeString(log, "five\nsix");
        assertThat(all(-1)).isEqualTo("one\ntwo\nthree\nfour\nfive\nsix");
        assertThat(all(0)).isEmpty();
        assertThat(all(1)).isEqualTo("six");
        assertThat(all(2)).isEqualTo("five\nsix");
        assertThat(all(3)).isEqualTo("four\nfive\nsix");
        assertThat(all(100)).isEqualTo("one\ntwo\nthree\nfour\nfive\nsix");
        Files.writeString(log, "five\nsix\n");
        assertThat(all(1)).isEqualTo("six\n");
        assertThat(all(2)).isEqualTo("five\nsix\n");
    }

    @Test
    void followingGoesOnWhenTheFileIsMovedAway() throws Exception {
        Files.writeString(log, "first\n");
        try (Session session = LogFiles.open(log, -1, true)) {
            assertThat(next(session)).isEqualTo("first\n");
            Files.writeString(log, "second\n", StandardOpenOption.APPEND);
            assertThat(next(session)).isEqualTo("second\n");
            Files.move(log, folder.resolve("console.log.0"), StandardCopyOption.REPLACE_EXISTING);
            Files.writeString(log, "third\n");
            assertThat(next(session)).isEqualTo("third\n");
        }
    }

    private static String next(Session session) throws Exception {
        return StandardCharsets.UTF_8
                .decode(session.read().orElseThrow().bytes())
                .toString();
    }
}
