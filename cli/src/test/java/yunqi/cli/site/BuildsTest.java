package yunqi.cli.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BuildsTest {
    @TempDir
    private Path folder = Path.of("");

    private Root root = new Root(Path.of("/tmp/none"));
    private Builds builds = new Builds(root);

    @BeforeEach
    void open() {
        root = new Root(folder);
        builds = new Builds(root);
    }

    private Path build(String name, int age) throws IOException {
        Path jars = Files.createDirectories(root.lib().resolve(name));
        Files.writeString(jars.resolve("yunqi-agent.jar"), name);
        Files.setLastModifiedTime(jars, FileTime.from(Instant.now().minusSeconds(age)));
        return jars;
    }

    @Test
    void theOneInUseAndTheOneBeforeAreKept() throws IOException {
        assertThat(builds.current()).isEmpty();
        Path a = build("a1", 30);
        builds.use(a);
        assertThat(builds.before(a)).isEmpty();
        Path b = build("b2", 20);
        assertThat(builds.before(b)).as("before it is in use").contains(a);
        builds.use(b);
        builds.use(b);
        assertThat(builds.current()).contains(b);
        assertThat(builds.before(b)).as("and after").contains(a);
        Path c = build("c3", 10);
        builds.use(c);
        builds.tidy();
        assertThat(root.lib()).isDirectoryNotContaining(path -> path.equals(a));
        assertThat(root.lib()).isDirectoryContaining(b::equals).isDirectoryContaining(c::equals);
        assertThat(builds.current()).contains(c);
        assertThat(builds.before(c)).contains(b);
    }

    @Test
    void backAgainTheOtherIsTheOneBefore() throws IOException {
        Path a = build("a1", 20);
        Path b = build("b2", 10);
        builds.use(a);
        builds.use(b);
        builds.use(a);
        assertThat(builds.current()).contains(a);
        assertThat(builds.before(a)).contains(b);
    }

    @Test
    void aSiteWithoutTheFileRunsFromTheNewestAndWhatIsGoneIsNotNamed() throws IOException {
        Path a = build("a1", 20);
        Path b = build("b2", 10);
        Files.createDirectories(root.lib().resolve(".new")); // a copy that was cut off
        assertThat(builds.current()).contains(b);
        assertThat(builds.before(b)).isEmpty();
        builds.use(a);
        Libraries.remove(a);
        assertThat(builds.current()).as("it can only be what is there").contains(b);
    }
}
