package yunqi.trials.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An older state is brought back while containers run: what it does not know goes on running, and is adopted or removed by a person alone. */
class RestoreIT {
    private static final String KEPT = "sleep 750316842"; // no other process waits so long
    private static final String ADOPTED = "sleep 750316843";
    private static final String REMOVED = "sleep 750316844";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void whatTheBackupDoesNotKnowRunsOnUntilAPersonDecides() throws IOException {
        try (Cloud cloud = Cloud.up("--bare")) {
            cloud.yunqi("image", "build", "busybox").mustSucceed();
            create(cloud, "kept", KEPT);
            create(cloud, "gone", "sleep infinity");
            String file = folder.resolve("cloud.backup").toString();
            cloud.yunqi("backup", "--to", file, "--root", cloud.root().toString())
                    .mustSucceed();
            create(cloud, "adopted", ADOPTED);
            create(cloud, "removed", REMOVED);
            cloud.yunqi("instance", "delete", "gone", "--wait").mustSucceed();
            List<String> witnesses = List.of(witness(KEPT), witness(ADOPTED), witness(REMOVED));
            assertThat(witnesses).doesNotContain("gone").doesNotHaveDuplicates();

            Run restored =
                    cloud.yunqi("restore", file, "--yes", "--root", cloud.root().toString());
            assertThat(restored.mustSucceed().output())
                    .contains("(default/adopted)", "(default/removed)", "2 orphans")
                    .doesNotContain("silent");
            assertThat(List.of(witness(KEPT), witness(ADOPTED), witness(REMOVED)))
                    .as("pids and starts of what runs")
                    .isEqualTo(witnesses);
            Cloud.await(
                    "what was deleted after the backup is deleted again",
                    Cloud.PATIENCE,
                    () -> names(cloud),
                    names -> names.equals(Set.of("kept")));

            // Nobody else is given what they hold.
            String address =
                    cloud.json("orphan", "list").at("/instances/0/addresses/0").asText();
            create(cloud, "fresh", "sleep infinity");
            assertThat(address).startsWith("10.");
            assertThat(cloud.json("instance", "show", "fresh")
                            .at("/status/addresses/0")
                            .asText())
                    .isNotIn(addresses(cloud));

            cloud.yunqi("orphan", "adopt", orphan(cloud, "adopted")).mustSucceed();
            Cloud.await(
                    "it is known again",
                    Cloud.PATIENCE,
                    () -> cloud.json("instance", "show", "adopted")
                            .at("/status/state")
                            .asText(),
                    "running"::equals);
            cloud.yunqi("orphan", "remove", orphan(cloud, "removed")).mustSucceed();
            Cloud.await("it is removed", Cloud.PATIENCE, () -> witness(REMOVED), "gone"::equals);
            Cloud.await(
                    "there are no orphans any more",
                    Cloud.PATIENCE,
                    () -> cloud.yunqi("orphan", "list").mustSucceed().output().strip(),
                    "no orphans"::equals);
            assertThat(List.of(witness(KEPT), witness(ADOPTED))).isEqualTo(witnesses.subList(0, 2));

            cloud.yunqi("instance", "exec", "adopted", "--", "true").mustSucceed();
            cloud.yunqi("instance", "delete", "adopted", "--wait").mustSucceed();
            assertThat(witness(ADOPTED)).isEqualTo("gone");
            cloud.yunqi("audit", "verify").mustSucceed();
        }
    }

    private static void create(Cloud cloud, String name, String command) {
        cloud.yunqi(
                        "instance",
                        "create",
                        name,
                        "--type",
                        "container",
                        "--image",
                        "busybox",
                        "--flavor",
                        "tiny",
                        "--command",
                        command,
                        "--wait")
                .mustSucceed();
    }

    private static Set<String> names(Cloud cloud) {
        Set<String> names = new TreeSet<>();
        cloud.json("instance", "list")
                .get("items")
                .forEach(item -> names.add(item.get("name").asText()));
        return names;
    }

    private static Set<String> addresses(Cloud cloud) {
        Set<String> addresses = new TreeSet<>();
        for (JsonNode orphan : cloud.json("orphan", "list").get("instances")) {
            orphan.get("addresses").forEach(address -> addresses.add(address.asText()));
        }
        return addresses;
    }

    private static String orphan(Cloud cloud, String name) {
        for (JsonNode orphan : cloud.json("orphan", "list").get("instances")) {
            if (orphan.path("name").asText().equals(name)) {
                return orphan.get("id").asText();
            }
        }
        return "none";
    }

    /** The container's process: its pid, and when it was started. */
    private static String witness(String command) {
        return ProcessHandle.allProcesses()
                .filter(process -> command(process.pid()).equals(command))
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
