package yunqi.trials.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The README's first page, as a stranger would type it. The steps build on each other, as they do there. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FirstLightIT {
    private static Cloud cloud;
    private static List<String> machine = List.of();

    @BeforeAll
    static void up() throws IOException {
        machine = Leftovers.machine();
        cloud = Cloud.up();
    }

    @AfterAll
    static void purge() {
        cloud.close();
    }

    @Test
    @Order(1)
    void upProvesItselfWithAVmAndAContainer() {
        JsonNode items = cloud.json("instance", "list").get("items");
        assertThat(items).hasSize(2);
        for (JsonNode item : items) {
            assertThat(item.at("/name").asText()).isIn("hello-vm", "hello-container");
            assertThat(item.at("/status/state").asText()).isEqualTo("running");
            assertThat(item.at("/status/ready").asBoolean()).isTrue();
            assertThat(item.at("/status/host").asText()).isNotEmpty();
            assertThat(item.at("/status/addresses/0").asText()).startsWith("10.0.0.");
            assertThat(item.at("/status/tookSeconds").asDouble()).isPositive();
        }
        assertThat(cloud.yunqi("instance", "list").mustSucceed().output())
                .contains("hello-vm", "hello-container", "running", "10.0.0.");
    }

    @Test
    @Order(2)
    void aContainerAndAVmAreCreatedAndReachEachOtherByName() {
        cloud.yunqi(
                        "instance",
                        "create",
                        "web",
                        "--type",
                        "container",
                        "--image",
                        "busybox",
                        "--command",
                        "sleep infinity",
                        "--wait")
                .mustSucceed();
        cloud.yunqi("instance", "create", "vm2", "--type", "vm", "--image", "tiny", "--flavor", "small", "--wait")
                .mustSucceed();
        assertThat(cloud.yunqi("instance", "exec", "web", "--", "ping", "-c1", "vm2")
                        .mustSucceed()
                        .output())
                .contains("1 packets received");
    }

    @Test
    @Order(3)
    void execGivesTheExitCodeAndKeepsOutputAndErrorsApart() {
        Run run = cloud.yunqi("instance", "exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
                .mustEndWith(7);
        assertThat(run.output()).isEqualTo("out\n");
        assertThat(run.errors()).isEqualTo("err\n");
    }

    @Test
    @Order(4)
    void theSerialConsoleIsReal() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                cloud.inside(List.of(Cloud.home().resolve("yunqi").toString(), "instance", "console", "vm2")));
        builder.environment().putAll(cloud.environment());
        Process console = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (OutputStream keys = console.getOutputStream()) {
            keys.write("\necho console-$((6*7))\n".getBytes(StandardCharsets.UTF_8));
            keys.flush();
            StringBuilder shown = new StringBuilder();
            Cloud.await(
                    "the answer on the console",
                    Duration.ofSeconds(30),
                    () -> {
                        byte[] more =
                                new byte[Math.max(0, console.getInputStream().available())];
                        shown.append(new String(
                                more, 0, Math.max(0, console.getInputStream().read(more)), StandardCharsets.UTF_8));
                        return shown.toString();
                    },
                    text -> text.contains("console-42"));
            keys.write(0x1d); // ^] leaves
            keys.flush();
            assertThat(console.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(console.exitValue()).isZero();
        } finally {
            console.destroyForcibly();
        }
    }

    @Test
    @Order(5)
    void logsShowWhatWasPrinted() {
        cloud.yunqi(
                        "instance",
                        "create",
                        "talker",
                        "--type",
                        "container",
                        "--image",
                        "busybox",
                        "--wait",
                        "--command",
                        "sh -c 'echo said-once; sleep infinity'")
                .mustSucceed();
        Cloud.await(
                "the log of talker",
                Duration.ofSeconds(20),
                () -> cloud.yunqi("instance", "logs", "talker").mustSucceed().output(),
                text -> text.contains("said-once"));
        assertThat(cloud.yunqi("instance", "logs", "vm2").mustSucceed().output())
                .contains("yunqi: ready");
    }

    @Test
    @Order(5)
    void followedLogsShowWhatIsPrintedMeanwhileUntilTheirReaderLeaves() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                cloud.inside(List.of(Cloud.home().resolve("yunqi").toString(), "instance", "logs", "web", "--follow")));
        builder.environment().putAll(cloud.environment());
        Process follower =
                builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (java.io.InputStream lines = follower.getInputStream()) {
            StringBuilder shown = new StringBuilder();
            int[] count = {0};
            Cloud.await(
                    "a line that was written after the follow began",
                    Duration.ofSeconds(60),
                    () -> {
                        String say = "echo said-" + count[0]++ + " >/proc/1/fd/1";
                        cloud.yunqi("instance", "exec", "web", "--", "sh", "-c", say)
                                .mustSucceed();
                        shown.append(new String(lines.readNBytes(lines.available()), StandardCharsets.UTF_8));
                        return shown.toString();
                    },
                    text -> text.contains("said-2"));
            assertThat(follower.isAlive()).isTrue();
            follower.destroy();
            assertThat(follower.waitFor(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            follower.destroyForcibly();
        }
    }

    @Test
    @Order(6)
    void aDeclaredEnvironmentIsApplied() {
        String file = Cloud.home().resolve("examples/two-tier.yaml").toString();
        cloud.yunqi("apply", "-f", file, "--wait").mustSucceed();
        assertThat(cloud.yunqi("apply", "-f", file).mustSucceed().output())
                .contains("unchanged")
                .doesNotContain("created");
        cloud.yunqi("delete", "-f", file, "--wait").mustSucceed();
    }

    @Test
    @Order(7)
    void stopStartRestartAndDelete() {
        cloud.yunqi("instance", "stop", "web", "--wait").mustSucceed();
        assertThat(state("web")).isEqualTo("stopped");
        String address =
                cloud.json("instance", "show", "web").at("/status/addresses/0").asText();
        cloud.yunqi("instance", "start", "web", "--wait").mustSucceed();
        assertThat(state("web")).isEqualTo("running");
        assertThat(cloud.json("instance", "show", "web")
                        .at("/status/addresses/0")
                        .asText())
                .isEqualTo(address);
        assertThat(cloud.yunqi("instance", "exec", "web", "--", "ip", "-4", "addr", "show", "eth0")
                        .mustSucceed()
                        .output())
                .contains(address);
        String before =
                cloud.json("instance", "show", "web").at("/status/startedAt").asText();
        cloud.yunqi("instance", "restart", "web", "--wait").mustSucceed();
        Cloud.await(
                "web is started again",
                Duration.ofSeconds(30),
                () -> cloud.json("instance", "show", "web")
                        .at("/status/startedAt")
                        .asText(),
                after -> !after.equals(before));
        cloud.yunqi("instance", "delete", "talker", "--wait").mustSucceed();
        cloud.yunqi("instance", "show", "talker").mustEndWith(1);
    }

    @Test
    @Order(8)
    void whatCannotBeIsRefusedInWords() {
        assertThat(cloud.yunqi("instance", "create", "a", "--type", "container", "--image", "bizybox")
                        .mustEndWith(1)
                        .errors())
                .contains("busybox");
        assertThat(cloud.yunqi("instance", "create", "web", "--type", "container", "--image", "busybox")
                        .mustEndWith(1)
                        .errors())
                .contains("web");
        assertThat(cloud.yunqi("instance", "create", "a", "--type", "vm", "--image", "tiny", "--flavor", "huge")
                        .mustEndWith(1)
                        .errors())
                .contains("huge");
        cloud.yunqi("flavor", "create", "enormous", "--vcpus", "64", "--memory", "4TiB", "--disk", "1GiB")
                .mustSucceed();
        assertThat(cloud.yunqi("instance", "create", "a", "--type", "vm", "--image", "tiny", "--flavor", "enormous")
                        .mustEndWith(1)
                        .errors())
                .contains("needed");
        cloud.yunqi("instance", "show", "a").mustEndWith(1);
    }

    /** Two projects have the same addresses, so these alone don't say who asks. */
    @Test
    @Order(8)
    void anInstanceIsToldAboutItselfAndAboutNobodyElse() throws IOException, InterruptedException {
        cloud.yunqi("project", "create", "other").mustSucceed();
        cloud.yunqi(
                        "instance",
                        "create",
                        "namesake",
                        "--project",
                        "other",
                        "--type",
                        "container",
                        "--image",
                        "busybox",
                        "--wait")
                .mustSucceed();
        JsonNode namesake = cloud.json("instance", "show", "namesake", "--project", "other");
        assertThat(cloud.json("instance", "list").findValues("addresses"))
                .as("the same address is taken in the first project, too")
                .contains(namesake.at("/status/addresses"));
        assertThat(told("web", "default", "instance-id")).isEqualTo(id(cloud.json("instance", "show", "web")));
        assertThat(told("web", "default", "hostname")).isEqualTo("web.default.internal");
        assertThat(told("namesake", "other", "instance-id")).isEqualTo(id(namesake));
        assertThat(told("namesake", "other", "local-ipv4"))
                .isEqualTo(namesake.at("/status/addresses/0").asText());
        JsonNode vm = cloud.json("instance", "show", "vm2");
        try (Typing console = new Typing(
                cloud.environment(),
                cloud.inside(List.of(Cloud.home().resolve("yunqi").toString(), "instance", "console", "vm2")))) {
            console.type("\n");
            String ask = "timeout 5 wget -qO- http://169.254.169.254/latest/meta-data/";
            Duration soon = Duration.ofMinutes(1);
            assertThat(console.run(ask + "instance-id; echo", soon)).contains(id(vm), "end-42-0");
            assertThat(console.run(ask + "placement/availability-zone; echo", soon))
                    .contains("zone-1");
            // As somebody else of its network it is not heard.
            String forged = cloud.json("instance", "show", "web")
                    .at("/status/addresses/0")
                    .asText();
            assertThat(console.run(
                            "ip addr add " + forged + "/32 dev eth0 && ip route add 169.254.169.254 via 10.0.0.1 src "
                                    + forged,
                            soon))
                    .contains("end-42-0");
            assertThat(console.run(ask + "instance-id", soon)).doesNotContain(id(vm), "end-42-0");
            assertThat(console.run("ip addr del " + forged + "/32 dev eth0; ip route del 169.254.169.254", soon))
                    .contains("end-42-");
            assertThat(console.run(ask + "instance-id; echo", soon)).contains(id(vm), "end-42-0");
            assertThat(console.leave()).isZero();
        }
        cloud.yunqi("instance", "delete", "namesake", "--project", "other", "--wait")
                .mustSucceed();
    }

    /** What an instance hears when it asks about itself. The first to be in a network may be up some moments before somebody answers there. */
    private static String told(String name, String project, String what) {
        String address = "http://169.254.169.254/latest/meta-data/" + what;
        return Cloud.await(
                        name + " is told its " + what,
                        Duration.ofSeconds(30),
                        () -> cloud.yunqi(
                                "instance",
                                "exec",
                                name,
                                "--project",
                                project,
                                "--",
                                "timeout",
                                "5",
                                "wget",
                                "-qO-",
                                address),
                        run -> run.exitCode() == 0)
                .output();
    }

    private static String id(JsonNode instance) {
        return instance.at("/id").asText();
    }

    @Test
    @Order(9)
    void downAndUpKeepEverything() {
        List<String> all = List.of("web", "vm2", "hello-vm", "hello-container");
        Map<String, String> before = new TreeMap<>();
        all.forEach(name -> before.put(name, started(name)));
        cloud.yunqi("down", "--root", cloud.root().toString()).mustSucceed();
        assertThat(Leftovers.processes(cloud.root())).isEmpty();
        cloud.start().mustSucceed();
        for (String name : all) {
            // What was seen before `down` is shown until the host has looked again, so the state alone proves nothing.
            Cloud.await(
                    name + " was started again",
                    Cloud.PATIENCE,
                    () -> started(name),
                    now -> !now.equals(before.get(name)));
            Cloud.await(name + " runs again", Cloud.PATIENCE, () -> state(name), "running"::equals);
        }
        assertThat(cloud.yunqi("instance", "exec", "web", "--", "ping", "-c1", "vm2")
                        .mustSucceed()
                        .output())
                .contains("1 packets received");
        assertThat(told("web", "default", "hostname")).isEqualTo("web.default.internal");
        Run again = cloud.start().mustSucceed();
        assertThat(again.took()).as("`up` with everything present").isLessThan(Duration.ofSeconds(20));
    }

    @Test
    @Order(10)
    void purgeLeavesNothing() {
        Leftovers before = Leftovers.of(cloud.root());
        assertThat(before.found()).isNotEmpty();
        cloud.yunqi("purge", "--yes", "--root", cloud.root().toString()).mustSucceed();
        assertThat(Leftovers.of(cloud.root()).found()).isEmpty();
        List<String> after = new ArrayList<>(Leftovers.machine());
        after.removeAll(machine);
        after.remove("/run/netns"); // the test's own
        after.remove("/run/mount"); // made by mount(8) for whoever mounts something first
        assertThat(after).as("left outside the state root: %s", after).isEmpty();
    }

    private static String started(String name) {
        return cloud.json("instance", "show", name).at("/status/startedAt").asText();
    }

    private static String state(String name) {
        return cloud.json("instance", "show", name).at("/status/state").asText();
    }
}
