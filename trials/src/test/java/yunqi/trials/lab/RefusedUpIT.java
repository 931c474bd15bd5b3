package yunqi.trials.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in the way of {@code up} on a real machine: each is one sentence and what to do, and nothing is half-started. */
class RefusedUpIT {
    private static final Duration QUICK = Duration.ofSeconds(30);

    @TempDir
    private Path folder = Path.of("");

    private Cloud cloud;
    private Program program;

    @BeforeEach
    void plan() throws IOException {
        Run.of(QUICK, Map.of(), List.of("chmod", "755", folder.toString())).mustSucceed();
        program = Program.in(Files.createDirectory(folder.resolve("program")));
        cloud = Cloud.plan();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    private Run up(Path root, Map<String, String> more) {
        Map<String, String> environment = new TreeMap<>(cloud.environment());
        environment.putAll(more);
        return Run.of(
                        Cloud.PATIENCE,
                        environment,
                        cloud.inside(program.command("up", "--yes", "--root", root.toString())))
                .mustEndWith(1);
    }

    @Test
    void noRoomOnTheDisk() throws IOException {
        Path small = Files.createDirectory(cloud.root().resolve("small"));
        Run.of(QUICK, Map.of(), List.of("mount", "-t", "tmpfs", "-o", "size=64m", "yunqi-test", small.toString()))
                .mustSucceed();
        try {
            Run run = up(small.resolve("r"), Map.of());
            assertThat(run.errors())
                    .contains("no room: " + small + " has 64 MiB free, and 4096 MiB are needed")
                    .contains("--root");
            assertThat(small.resolve("r")).doesNotExist();
        } finally {
            Run.of(QUICK, Map.of(), List.of("umount", small.toString())).mustSucceed();
        }
    }

    @Test
    void aPackageThatDoesNotExist() throws IOException {
        program.replace("packages.txt", "yunqi-no-such-package # of no archive\n");
        Path root = cloud.root().resolve("r");
        Run run = up(root, Map.of("APT_CONFIG", apt("").toString()));
        assertThat(run.errors())
                .contains("the package yunqi-no-such-package cannot be installed: apt knows no such package")
                .contains("/etc/apt/sources.list")
                .contains("all that apt-get said is in " + root.resolve("log/packages.log"));
        nothingHalfStarted(root);
    }

    @Test
    void anArchiveOutOfReach() throws IOException {
        program.replace("packages.txt", "yunqi-no-such-package\n");
        Path root = cloud.root().resolve("r");
        // Nobody listens in the cloud's own network namespace.
        Run run = up(
                root,
                Map.of(
                        "APT_CONFIG",
                        apt("deb http://127.0.0.1:9 bookworm main\n").toString()));
        assertThat(run.errors())
                .contains("the lists of packages cannot be read: Failed to fetch http://127.0.0.1:9/")
                .contains("then try again");
        nothingHalfStarted(root);
    }

    @Test
    void packagesAreNotInstalledUnasked() {
        program.replace("packages.txt", "yunqi-no-such-package\n");
        Path root = cloud.root().resolve("r");
        Run run = Run.of(QUICK, cloud.environment(), cloud.inside(program.command("up", "--root", root.toString())))
                .mustEndWith(1);
        assertThat(run.errors())
                .contains("These packages are missing: yunqi-no-such-package")
                .contains("'yunqi up --yes'");
        assertThat(root).doesNotExist();
    }

    @Test
    void notRoot() throws IOException {
        Path home = Program.homeOfNobody(folder);
        Run run = program.asNobody(
                        home, "up", "--yes", "--root", home.resolve("r").toString())
                .mustEndWith(1);
        assertThat(run.errors())
                .contains("'yunqi up' needs root")
                .contains("sudo ./yunqi up")
                .contains("--simulated");
        assertThat(home.resolve("r")).doesNotExist();
    }

    /** Settings of apt with these sources and no lists of its own, so that the machine's are neither used nor changed. */
    private Path apt(String sources) throws IOException {
        Path lists = Files.createDirectories(folder.resolve("lists/partial"));
        Path list = Files.writeString(folder.resolve("sources.list"), sources);
        return Files.writeString(folder.resolve("apt.conf"), """
                Dir::Etc::sourcelist "%s";
                Dir::Etc::sourceparts "/dev/null";
                Dir::State::lists "%s";
                Dir::Cache::pkgcache "";
                Dir::Cache::srcpkgcache "";
                Acquire::Retries "0";
                """.formatted(list, lists.getParent()));
    }

    /** The log that the message names is there, and nothing else but empty folders. */
    private static void nothingHalfStarted(Path root) throws IOException {
        assertThat(Leftovers.processes(root)).isEmpty();
        Path policy = Path.of("/usr/sbin/policy-rc.d"); // some machines have one of their own
        assertThat(Files.exists(policy) ? Files.readString(policy) : "").doesNotContain("yunqi");
        try (var all = Files.walk(root)) {
            assertThat(all.filter(Files::isRegularFile).map(root::relativize).map(Path::toString))
                    .containsExactlyInAnyOrder(".yunqi", "log/packages.log");
        }
    }
}
