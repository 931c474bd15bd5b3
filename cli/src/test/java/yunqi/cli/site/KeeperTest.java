package yunqi.cli.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real {@code libexec/keep} around a command that does nothing. */
class KeeperTest {
    private static final Path HOME = Path.of(System.getProperty("yunqi.home", ".."));
    private static final Duration SOON = Duration.ofSeconds(20); // a busy machine takes its time to start a shell

    @TempDir
    private Path folder = Path.of("");

    private Root root = new Root(Path.of("/tmp/never"));
    private Keeper keeper = new Keeper(HOME, root);

    @BeforeEach
    void folders() throws IOException {
        root = new Root(folder.resolve("r"));
        root.make(false);
        keeper = new Keeper(HOME, root);
    }

    @AfterEach
    void end() throws InterruptedException {
        keeper.stop("thing");
    }

    @Test
    void whatDiesIsStartedAgainAndWhatIsStoppedStaysSo() throws IOException, InterruptedException {
        keeper.ensure("thing", List.of("sleep", "600"), "");
        Path pid = root.run().resolve("thing.pid");
        assertThat(Keeper.until(SOON, () -> PidFile.alive(pid).isPresent())).isTrue();
        long first = PidFile.alive(pid).orElseThrow().pid();

        PidFile.alive(pid).orElseThrow().destroyForcibly();
        assertThat(Keeper.until(
                        SOON,
                        () -> PidFile.alive(pid).filter(p -> p.pid() != first).isPresent()))
                .as("started again")
                .isTrue();
        assertThat(keeper.ends("thing", 0)).isEqualTo(1);
        assertThat(keeper.lastLines("thing", 0, 1)).contains("thing ended with 137; started again in 1 s");

        long second = PidFile.alive(pid).orElseThrow().pid();
        keeper.ensure("thing", List.of("sleep", "600"), "");
        assertThat(PidFile.alive(pid).orElseThrow().pid())
                .as("the same command is left alone")
                .isEqualTo(second);
        keeper.ensure("thing", List.of("sleep", "600"), "other settings");
        assertThat(Keeper.until(
                        SOON,
                        () -> PidFile.alive(pid).filter(p -> p.pid() != second).isPresent()))
                .as("other settings start it anew")
                .isTrue();

        keeper.stop("thing");
        assertThat(keeper.running("thing")).isFalse();
        assertThat(ProcessHandle.of(second)).isEmpty();
        assertThat(Files.exists(pid)).isFalse();
    }

    @Test
    void aCommandWhoseKeeperWasKilledIsEndedToo() throws IOException, InterruptedException {
        keeper.ensure("thing", List.of("sleep", "600"), "");
        Path pid = root.run().resolve("thing.pid");
        assertThat(Keeper.until(SOON, () -> PidFile.alive(pid).isPresent())).isTrue();
        ProcessHandle orphan = PidFile.alive(pid).orElseThrow();
        PidFile.alive(root.run().resolve("thing.keeper.pid")).orElseThrow().destroyForcibly();
        assertThat(Keeper.until(SOON, () -> !keeper.running("thing"))).isTrue();
        keeper.stop("thing");
        assertThat(Keeper.until(SOON, () -> !orphan.isAlive())).isTrue();
    }

    @Test
    void aPidThatSomebodyElseGotIsNotOurs() throws IOException {
        Path file = folder.resolve("a.pid");
        long own = ProcessHandle.current().pid();
        Files.writeString(file, own + " " + PidFile.startTime(own) + "\n");
        assertThat(PidFile.alive(file)).isPresent();
        Files.writeString(file, own + " 12345\n");
        assertThat(PidFile.alive(file)).isEmpty();
        Files.writeString(file, "nonsense\n");
        assertThat(PidFile.alive(file)).isEmpty();
    }

    @Test
    void aFolderOfOthersIsNotTaken() throws IOException {
        Path others = Files.createDirectory(folder.resolve("others"));
        Files.writeString(others.resolve("thesis.txt"), "years of work");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> new Root(others).checkOurs())
                .hasMessageContaining("not Yunqi's");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> new Root(Path.of("/srv")))
                .hasMessageContaining("whole file system");
        root.checkOurs();
    }
}
