package yunqi.trials.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.wire.Wire;
import yunqi.drivers.process.Ports;
import yunqi.server.store.PostgresProcess;
import yunqi.server.store.PostgresSettings;

/** Clouds with pretended hosts: as a user without rights, on a PostgreSQL of the user's, and two on one machine. */
class PretendedCloudIT {
    private static final Path ROOT = Path.of("/tmp/yq-pretended");
    private static final Path LOGS = ROOT.resolve("log");
    private static final Path DATABASE = Path.of("/tmp/yq-pretended-pg");
    private static final Duration QUICK = Duration.ofSeconds(60);

    @TempDir
    private Path folder = Path.of("");

    private Path home = Path.of("");
    private Program program = new Program(Path.of(""));

    @BeforeEach
    void begin() throws Exception {
        end(); // what a run that was killed left behind
        home = Program.homeOfNobody(folder);
        program = Program.in(Files.createDirectory(folder.resolve("program")));
    }

    @AfterEach
    void end() throws Exception {
        roomForLogs();
        if (Files.exists(ROOT.resolve("server"))) {
            List<String> purge =
                    List.of(Cloud.home().resolve("yunqi").toString(), "purge", "--yes", "--root", ROOT.toString());
            Run.of(Cloud.PATIENCE, Map.of("YUNQI_CONFIG", "/tmp/yq-pretended-cli.json"), purge)
                    .mustSucceed();
        }
        new PostgresProcess(DATABASE, 1).stop(QUICK);
        Run.of(QUICK, Map.of(), List.of("rm", "-rf", ROOT.toString(), DATABASE.toString()))
                .mustSucceed();
    }

    private Run yunqi(String... words) {
        return program.asNobody(home, words);
    }

    private Run up(String... more) throws IOException {
        if (!Files.exists(ROOT)) {
            Files.createDirectory(ROOT);
            Run.of(QUICK, Map.of(), List.of("chown", "65534:65534", ROOT.toString()))
                    .mustSucceed();
        }
        List<String> words = new ArrayList<>(List.of("up", "--root", ROOT.toString()));
        if (!Files.exists(ROOT.resolve("server/server.json"))) {
            words.addAll(List.of("--port", "api=" + Ports.free(), "--port", "link=" + Ports.free()));
            words.addAll(List.of("--port", "database=" + Ports.free()));
        }
        words.addAll(List.of(more));
        return yunqi(words.toArray(String[]::new));
    }

    private JsonNode items(String kind) {
        return Wire.read("", yunqi(kind, "list", "-o", "json").mustSucceed().output(), JsonNode.class)
                .get("items");
    }

    @Test
    void manyAreAppliedAtOnceAndTwiceIsOnce() throws Exception {
        up("--simulated", "3").mustSucceed();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            text.append("---\nkind: instance\nname: i")
                    .append(i)
                    .append("\nspec: {type: container, image: busybox, flavor: tiny}\n");
        }
        Path manifest = Files.writeString(home.resolve("many.yaml"), text);
        yunqi("instance", "create", "i7", "--type", "container", "--image", "busybox", "--flavor", "tiny")
                .mustSucceed();

        String made = yunqi("apply", "-f", manifest.toString(), "--wait")
                .mustSucceed()
                .output();
        assertThat(made.lines().filter(line -> line.endsWith(" created"))).hasSize(29);
        assertThat(made).contains("instance default/i7 unchanged");
        assertThat(items("instance"))
                .hasSize(30)
                .allMatch(item -> item.at("/status/state").asText().equals("running"), "runs");
        assertThat(yunqi("apply", "-f", manifest.toString())
                        .mustSucceed()
                        .output()
                        .lines())
                .hasSize(30)
                .allMatch(line -> line.endsWith(" unchanged"));
        Files.writeString(
                manifest, text.toString().replace("name: i3\n", "name: fresh\n").replace("busybox", "nothing"));
        Run refused = yunqi("apply", "-f", manifest.toString());
        assertThat(refused.exitCode()).isNotZero();
        assertThat(refused.errors()).contains("instance default/fresh", "there is no image 'nothing'");
    }

    @Test
    void aUserWithoutRightsHasACloudOfPretendedHosts() throws Exception {
        assertThat(up("--simulated", "3").mustSucceed().output()).contains("next       yunqi host list");
        assertThat(items("host")).hasSize(3);
        yunqi("instance", "create", "a", "--type", "container", "--image", "busybox", "--wait")
                .mustSucceed();
        yunqi("instance", "create", "b", "--type", "vm", "--image", "tiny", "--flavor", "tiny", "--wait")
                .mustSucceed();
        assertThat(yunqi("instance", "list").mustSucceed().output())
                .containsPattern("a +container .*running")
                .containsPattern("b +vm .*running");
        yunqi("instance", "delete", "a", "--wait").mustSucceed();
        assertThat(yunqi("down", "--root", ROOT.toString()).mustSucceed().all()).doesNotContain("denied");
        assertThat(Leftovers.processes(ROOT)).isEmpty();
        noRoomForLogs();
        up().mustSucceed();
        assertThat(items("instance")).hasSize(1);
        yunqi("instance", "create", "c", "--type", "container", "--image", "busybox", "--wait")
                .mustSucceed();
        yunqi("instance", "delete", "c", "--wait").mustSucceed();
        yunqi("instance", "delete", "b", "--wait").mustSucceed();
        assertThat(items("instance")).isEmpty();
        try (Stream<Path> logs = Files.list(LOGS)) {
            assertThat(logs.map(log -> log.getFileName().toString()))
                    .as("it was there that they wanted to write")
                    .contains("server.log", "postgres.log");
        }
        roomForLogs();
        yunqi("purge", "--yes", "--root", ROOT.toString()).mustSucceed();
        assertThat(Leftovers.of(ROOT).found()).isEmpty();
    }

    /** Whatever is written to a log from now on is refused: nobody may mind, neither our programs nor the database. */
    private static void noRoomForLogs() throws IOException {
        String small = "mode=755,uid=65534,gid=65534,size=4k";
        Run.of(QUICK, Map.of(), List.of("mount", "-t", "tmpfs", "-o", small, "none", LOGS.toString()))
                .mustSucceed();
        byte[] all = new byte[4_096];
        Files.write(LOGS.resolve("ballast"), all);
        assertThatThrownBy(() -> Files.write(LOGS.resolve("probe"), all)).hasMessageContaining("No space left");
    }

    private static void roomForLogs() throws IOException {
        while (Files.readString(Path.of("/proc/mounts")).contains(" " + LOGS + " ")) {
            Run.of(QUICK, Map.of(), List.of("umount", "--lazy", LOGS.toString()))
                    .mustSucceed();
        }
    }

    @Test
    void aBackupIsBroughtBackOverTheRunningCloud() throws Exception {
        up("--simulated", "2").mustSucceed();
        yunqi("instance", "create", "a", "--type", "container", "--image", "busybox", "--wait")
                .mustSucceed();
        String file = home.resolve("cloud.backup").toString();
        yunqi("backup", "--to", file, "--root", ROOT.toString()).mustSucceed();
        yunqi("instance", "create", "b", "--type", "container", "--image", "busybox", "--wait")
                .mustSucceed();

        byte[] bytes = Files.readAllBytes(Path.of(file));
        Path half = Files.write(home.resolve("half.backup"), java.util.Arrays.copyOf(bytes, bytes.length / 2));
        Run refused = yunqi("restore", half.toString(), "--yes", "--root", ROOT.toString());
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.all()).contains("is not a backup, or not a whole one");
        assertThat(items("instance")).hasSize(2);

        Run restored = yunqi("restore", file, "--yes", "--root", ROOT.toString());
        assertThat(restored.mustSucceed().output())
                .contains("found      1 instances")
                .contains("before-");
        assertThat(items("instance")).hasSize(1);
        assertThat(yunqi("audit", "list", "--kind", "era").mustSucceed().output())
                .contains("database-went-back");
        yunqi("audit", "verify").mustSucceed();
        yunqi("instance", "create", "c", "--type", "container", "--image", "busybox", "--wait")
                .mustSucceed();
        Cloud.await(
                "what the backup knows runs",
                Cloud.PATIENCE,
                () -> yunqi("instance", "list").output(),
                list -> list.lines().filter(line -> line.contains("running")).count() == 2);
    }

    @Test
    void aPostgresOfTheUsersKeepsWhatTheCloudKnows() throws Exception {
        PostgresSettings outer = new PostgresProcess(DATABASE, Ports.free()).start();
        String url = outer.url().substring("jdbc:".length());
        Path password = Files.writeString(folder.resolve("password"), outer.password() + "\n");
        String[] database = {
            "--database", url, "--database-user", outer.user(), "--database-password-file", password.toString()
        };
        up(Stream.concat(Stream.of("--simulated", "1"), Stream.of(database)).toArray(String[]::new))
                .mustSucceed();
        assertThat(ROOT.resolve("server/pg")).doesNotExist();
        yunqi("instance", "create", "a", "--type", "container", "--image", "busybox", "--wait")
                .mustSucceed();
        try (Stream<Path> files = Files.walk(ROOT)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                boolean open = !file.startsWith(ROOT.resolve("server")) && !file.startsWith(ROOT.resolve("lib"));
                assertThat(open
                                && Files.readString(file, StandardCharsets.ISO_8859_1)
                                        .contains(outer.password()))
                        .as("the password can be read in " + file)
                        .isFalse();
            }
        }
        yunqi("down", "--root", ROOT.toString()).mustSucceed();
        try (var connection = DriverManager.getConnection(outer.url(), outer.user(), outer.password())) {
            assertThat(connection.isValid(5)).as("it is not ours to end").isTrue();
        }
        up().mustSucceed(); // once told, it is remembered
        assertThat(items("instance")).hasSize(1);
        assertThat(up("--database", url + "2").mustEndWith(1).errors()).contains("leave --database out to go on");
        assertThat(yunqi("purge", "--yes", "--root", ROOT.toString())
                        .mustSucceed()
                        .output())
                .contains("the database at " + outer.url() + " is left as it is");
    }

    @Test
    void theServersUserStaysWhileAnotherCloudNeedsIt() throws Exception {
        try (Cloud one = Cloud.up("--simulated", "1");
                Cloud other = Cloud.up("--simulated", "1")) {
            assertThat(one.yunqi("purge", "--yes", "--root", one.root().toString())
                            .mustSucceed()
                            .output())
                    .contains("the user 'yunqi' stays: it runs the cloud in ");
            assertThat(other.json("host", "list").get("items")).hasSize(1);
            Run down = other.yunqi("down", "--root", other.root().toString()).mustSucceed();
            assertThat(down.all()).doesNotContain("denied");
            other.start().mustSucceed();
            Run purge = other.yunqi("purge", "--yes", "--root", other.root().toString())
                    .mustSucceed();
            boolean gone = Run.of(QUICK, Map.of(), List.of("id", "-u", "yunqi")).exitCode() != 0;
            assertThat(gone).isNotEqualTo(purge.output().contains("the user 'yunqi' stays: "));
        }
    }

    @Test
    void zshCompletesOurWords() {
        Run run = Run.of(
                QUICK,
                Map.of("HOME", home.toString()),
                List.of(
                        "zsh",
                        "-f",
                        "-c",
                        """
                source <("$1" completion zsh)
                print -r -- "completer: $_comps[yunqi]"
                COMP_WORDS=(yunqi instance cr) COMP_CWORD=2
                _complete_yunqi
                print -r -- "reply: $COMPREPLY"
                """,
                        "zsh",
                        program.folder().resolve("yunqi").toString()));
        assertThat(run.mustSucceed().output())
                .contains("completer: _bash_complete")
                .contains("_complete_yunqi");
    }
}
