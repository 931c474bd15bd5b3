package yunqi.trials.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.wire.Wire;

/** Builds that do not work give way to the one before, and one that does takes its place; a container that runs meanwhile notices nothing of any of them. */
class UpgradeIT {
    private static final String WITNESS = "sleep 864213579"; // no other process waits so long

    @TempDir
    private Path folder = Path.of("");

    @Test
    void anotherBuildTakesThePlaceOfTheOneThatRuns() throws IOException {
        try (Cloud cloud = Cloud.up("--bare")) {
            cloud.yunqi("image", "build", "busybox").mustSucceed();
            String[] create = {"instance", "create", "witness", "--type", "container", "--image", "busybox"};
            cloud.yunqi(with(create, "--command", WITNESS, "--wait")).mustSucceed();
            String witness = witness();
            String first = version(cloud);

            Run unmigrated = up(cloud, build("unmigrated", UpgradeIT::failingMigration));
            assertThat(unmigrated.mustEndWith(1).errors())
                    .contains("is not put in place", "goes on serving", "99", "division by zero");
            assertThat(version(cloud)).isEqualTo(first);
            assertThat(hosts(cloud)).contains("ready");

            Run broken = up(cloud, build("broken", UpgradeIT::serverThatEnds));
            assertThat(broken.mustEndWith(1).errors()).contains("does not come up", "was started again");
            assertThat(version(cloud)).isEqualTo(first);

            Run lame = up(cloud, build("lame", UpgradeIT::agentThatEnds));
            assertThat(lame.mustEndWith(1).errors()).contains("does not connect", "was started again");
            assertThat(version(cloud)).as("its server works").isNotEqualTo(first);
            Cloud.await("the old agent reports to the new server", Cloud.PATIENCE, () -> agent(cloud), first::equals);

            Run good = up(cloud, build("good", _ -> {}));
            assertThat(good.mustSucceed().all()).contains("takes the place of", "is connected");
            assertThat(version(cloud)).startsWith("0.").isNotEqualTo(first);
            assertThat(agent(cloud)).isEqualTo(version(cloud));
            assertThat(hosts(cloud)).contains("ready");
            try (Stream<Path> builds = Files.list(cloud.root().resolve("lib"))) {
                assertThat(builds.filter(Files::isDirectory))
                        .as("this build and the one before")
                        .hasSize(2);
            }

            assertThat(witness()).as("pid and start of what runs").isEqualTo(witness);
            JsonNode shown = cloud.json("instance", "show", "witness");
            assertThat(shown.at("/status/state").asText()).isEqualTo("running");
            // It is still in our hands, too.
            cloud.yunqi("instance", "exec", "witness", "--", "true").mustSucceed();
            cloud.yunqi("instance", "delete", "witness", "--wait").mustSucceed();
        }
    }

    private static String[] with(String[] words, String... more) {
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
    }

    /** Spoils a build. */
    private interface Change {
        void to(Program program) throws IOException;
    }

    /** What is built here, with another digest and with this change. */
    private Program build(String name, Change change) throws IOException {
        Program program = Program.in(Files.createDirectory(folder.resolve(name)));
        change.to(program);
        Files.setLastModifiedTime(jar(program, "server"), FileTime.from(Instant.now()));
        return program;
    }

    private static Path jar(Program program, String module) {
        return program.folder().resolve("dist/lib/yunqi-" + module + ".jar");
    }

    private static void failingMigration(Program program) throws IOException {
        try (FileSystem jar = open(jar(program, "server"))) {
            Files.writeString(
                    jar.getPath("db/migration/V99__fails.sql"),
                    "create table half_made (a int);\nselect 1 / (select count(*) from half_made);\n");
        }
    }

    private static void serverThatEnds(Program program) throws IOException {
        try (FileSystem jar = open(jar(program, "server"))) {
            Files.delete(jar.getPath("yunqi/server/site/FirstStart.class"));
        }
    }

    private static void agentThatEnds(Program program) throws IOException {
        try (FileSystem jar = open(jar(program, "agent"))) {
            Files.delete(jar.getPath("yunqi/agent/Machine.class"));
        }
    }

    private static FileSystem open(Path jar) throws IOException {
        return FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of());
    }

    private static Run up(Cloud cloud, Program program) {
        List<String> command =
                program.command("up", "--yes", "--bare", "--root", cloud.root().toString());
        return Run.of(Cloud.PATIENCE, cloud.environment(), cloud.inside(command));
    }

    private static String version(Cloud cloud) {
        Run asked = cloud.yunqi("version", "-o", "json").mustSucceed();
        return Wire.read("", asked.output(), JsonNode.class)
                .at("/server/version")
                .asText();
    }

    private static String agent(Cloud cloud) {
        return cloud.json("host", "list")
                .at("/items/0/status/facts/agentVersion")
                .asText();
    }

    private static String hosts(Cloud cloud) {
        return cloud.json("host", "list").at("/items/0/status/state").asText();
    }

    /** The container's process: its pid, and when it was started. */
    private static String witness() {
        return ProcessHandle.allProcesses()
                .filter(process -> command(process.pid()).equals(WITNESS))
                .map(process ->
                        process.pid() + " " + process.info().startInstant().orElseThrow())
                .reduce((one, other) -> one + ", " + other)
                .orElse("gone");
    }

    private static String command(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/cmdline"))
                    .replace('\0', ' ')
                    .strip();
        } catch (IOException e) {
            return ""; // it ended
        }
    }
}
