package yunqi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Printed;
import yunqi.cli.api.Surroundings;
import yunqi.core.wire.Wire;

/** Whole commands, from their words to what they print, against a server that speaks the real records. */
class CommandsTest {
    private static final String WEB = "/v1/projects/default/instances/web";

    @TempDir
    private Path folder = Path.of("");

    private final Map<String, String> env = new TreeMap<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Pretended server;

    CommandsTest() throws IOException {
        server = new Pretended();
    }

    @BeforeEach
    void context() {
        env.put("YUNQI_HOME", System.getProperty("yunqi.home", ".."));
        env.put("YUNQI_CONFIG", folder.resolve("config.json").toString());
        new Contexts(around("")).save("test", new Contexts.Context(server.url(), "good", ""));
    }

    @AfterEach
    void end() {
        server.close();
    }

    private Surroundings around(String input) {
        return new Surroundings(
                env,
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new Printed(out),
                new Printed(err));
    }

    private int yunqi(String... words) {
        out.reset();
        err.reset();
        return Main.run(around(""), List.of(words));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void anInstanceIsCreatedAndWaitedFor() {
        assertThat(yunqi(
                        "instance",
                        "create",
                        "web",
                        "--type",
                        "container",
                        "--image",
                        "busybox",
                        "--wait",
                        "--network",
                        "default:10.0.0.5",
                        "--env",
                        "A=b=c",
                        "--label",
                        "tier=front",
                        "--command",
                        "sh -c 'sleep 1'"))
                .as(err())
                .isZero();
        assertThat(out()).contains("instance web is running on h1, address 10.0.0.5, after 1.3 s");
        assertThat(err()).contains("web starting: waits for its host to take it up");
        JsonNode made = server.thing(WEB).orElseThrow();
        assertThat(made.at("/spec/command").toString()).isEqualTo("[\"sh\",\"-c\",\"sleep 1\"]");
        assertThat(made.at("/spec/env/A").asText()).isEqualTo("b=c");
        assertThat(made.at("/spec/networks/0/address").asText()).isEqualTo("10.0.0.5");
        assertThat(made.at("/labels/tier").asText()).isEqualTo("front");
        assertThat(server.calls()).contains("PUT " + WEB + " new");
    }

    @Test
    void theCommandMayFollowDashes() {
        assertThat(yunqi(
                        "instance",
                        "create",
                        "web",
                        "--type",
                        "container",
                        "--image",
                        "busybox",
                        "--",
                        "sleep",
                        "-x",
                        "9"))
                .as(err())
                .isZero();
        assertThat(server.thing(WEB).orElseThrow().at("/spec/command").toString())
                .isEqualTo("[\"sleep\",\"-x\",\"9\"]");
        assertThat(yunqi(
                        "instance", "create", "w2", "--type", "container", "--image", "b", "--command", "a", "--", "b"))
                .isEqualTo(2);
    }

    @Test
    void waitTakesItsTimeOnlyAfterAnEqualsSign() {
        assertThat(yunqi("instance", "create", "--type", "container", "--image", "busybox", "--wait", "web"))
                .as(err())
                .isZero();
        assertThat(yunqi("instance", "create", "--type", "container", "--image", "busybox", "--wait=0s", "w2"))
                .isEqualTo(3);
        assertThat(err()).contains("not so after 0 s").contains("waits for its host");
        assertThat(yunqi("instance", "create", "--type", "container", "--image", "busybox", "--wait=soon", "w3"))
                .isEqualTo(2);
        assertThat(err()).contains("'soon' is not a time: write it as 30s, 5m or 1h");
    }

    @Test
    void listsComeAsTableJsonAndYaml() throws IOException {
        for (String name : List.of("a1", "b2", "c3")) {
            assertThat(yunqi("instance", "create", name, "--type", "vm", "--image", "tiny"))
                    .isZero();
        }
        assertThat(yunqi("instance", "list")).isZero();
        assertThat(out().lines().toList()).hasSize(4);
        assertThat(out()).startsWith("NAME  TYPE  STATE").contains("a1", "b2", "c3");
        assertThat(yunqi("instance", "list", "-o", "json")).isZero();
        assertThat(Wire.read("", out(), JsonNode.class).path("items")).hasSize(3);
        assertThat(yunqi("instance", "list", "-o", "yaml")).isZero();
        assertThat(out()).contains("- kind: instance").contains("  name: c3");
        assertThat(yunqi("instance", "show", "a1")).isZero();
        assertThat(out()).contains("spec:\n  type:").contains("name:");
        assertThat(yunqi("network", "list")).isZero();
        assertThat(out()).isEmpty();
        assertThat(err()).contains("no networks");
    }

    @Test
    void stopAndStartAreWishes() {
        yunqi("instance", "create", "web", "--type", "container", "--image", "busybox", "--wait");
        assertThat(yunqi("instance", "stop", "web", "--wait")).as(err()).isZero();
        assertThat(out()).contains("instance web is stopped");
        assertThat(server.thing(WEB).orElseThrow().at("/spec/running").asBoolean())
                .isFalse();
        assertThat(yunqi("instance", "start", "web", "--wait")).isZero();
        assertThat(yunqi("instance", "explain", "web")).isZero();
        assertThat(out()).contains("web is running: as wished").contains("placement: h1: the only host");
        assertThat(yunqi("instance", "delete", "web", "--wait")).isZero();
        assertThat(server.thing(WEB)).isEmpty();
    }

    @Test
    void anImageThatIsNotBuiltYetIsFoundAmongTheRecipes() throws IOException {
        assertThat(yunqi("instance", "create", "web", "--type", "vm", "--image", "debain-12"))
                .isEqualTo(1);
        assertThat(err())
                .contains("there is no image 'debain-12'")
                .contains("did you mean 'debian-12'? It can be built: 'yunqi image build debian-12'");
        assertThat(yunqi("instance", "create", "web", "--type", "vm", "--image", "debian-12"))
                .isEqualTo(1);
        assertThat(err()).contains("it can be built: 'yunqi image build debian-12'");
        Path manifest = folder.resolve("m.yaml");
        Files.writeString(manifest, "kind: instance\nname: a\nspec: {type: vm, image: debain-12}\n");
        assertThat(yunqi("apply", "-f", manifest.toString())).isEqualTo(1);
        assertThat(err()).contains("m.yaml:1").contains("'yunqi image build debian-12'");
        assertThat(yunqi("image", "build", "debain-12")).isEqualTo(1);
        assertThat(err())
                .contains("did you mean 'debian-12'?")
                .contains("busybox")
                .contains("tiny");
    }

    @Test
    void refusalsAreTwoOrThreeLines() {
        assertThat(yunqi("instance", "create", "web", "--type", "vm", "--image", "tinny"))
                .isEqualTo(1);
        assertThat(err())
                .isEqualTo(
                        "yunqi: spec.image: there is no image 'tinny'; did you mean 'tiny'?\n  'yunqi image list' shows all\n  (unknown-image)\n");
        yunqi("instance", "create", "web", "--type", "vm", "--image", "tiny");
        assertThat(yunqi("instance", "create", "web", "--type", "vm", "--image", "tiny"))
                .isEqualTo(1);
        assertThat(err()).contains("there is one of that name").contains("name-taken");
        assertThat(yunqi("instance", "show", "wbe")).isEqualTo(1);
        assertThat(err()).contains("did you mean 'web'?");
        assertThat(yunqi("instance", "delete", "wbe", "web")).isEqualTo(1);
        assertThat(server.thing(WEB)).as("the one that was there is deleted").isEmpty();
        assertThat(yunqi("instance", "create", "web", "--type", "vm", "--image", "tiny", "--command", "x"))
                .isEqualTo(1);
        assertThat(err()).contains("spec.command: is for containers");
    }

    @Test
    void wrongUsageIsToldWithWhatWasMeant() {
        assertThat(yunqi("instance", "crate", "web")).isEqualTo(2);
        assertThat(err()).contains("did you mean").contains("create").contains("yunqi instance --help");
        assertThat(yunqi("instnace", "list")).isEqualTo(2);
        assertThat(err()).contains("instance");
        assertThat(yunqi("instance", "list", "--outptu", "json")).isEqualTo(2);
        assertThat(err()).contains("--output");
        assertThat(yunqi("instance", "create", "web")).isEqualTo(2);
        assertThat(err()).contains("--type");
        assertThat(yunqi("instance")).isEqualTo(2);
        assertThat(err()).contains("needs a verb: create, list");
        assertThat(yunqi("host", "list", "--project", "a"))
                .as("hosts are of no project")
                .isEqualTo(2);
        assertThat(yunqi("up", "--port", "apj=1")).isEqualTo(2);
        assertThat(yunqi()).isEqualTo(2);
    }

    @Test
    void everyCommandHasHelp() {
        for (String line : List.of(
                "--help",
                "help",
                "instance --help",
                "instance create --help",
                "up --help",
                "context --help",
                "apply --help")) {
            assertThat(yunqi(line.split(" ", -1))).as(line).isZero();
            assertThat(out()).as(line).contains("Usage: yunqi");
        }
        assertThat(yunqi("completion", "bash")).isZero();
        assertThat(out()).contains("complete -F _complete_yunqi").contains("explain");
        assertThat(yunqi("completion", "zsh")).isZero();
        assertThat(out()).contains("bashcompinit");
        assertThat(yunqi("completion", "fish")).isEqualTo(2);
    }

    @Test
    void aServerThatCannotBeReachedIsOneSentence() {
        server.close();
        assertThat(yunqi("instance", "list")).isEqualTo(1);
        assertThat(err())
                .contains("nothing listens there")
                .contains("'yunqi up' starts it")
                .doesNotContain("Exception");
    }

    @Test
    void aWrongTokenIsOneSentence() {
        server.takesOnly("another");
        assertThat(yunqi("instance", "list")).isEqualTo(1);
        assertThat(err()).contains("does not know this token").contains("operator-token");
    }

    @Test
    void manifestsAreAppliedComparedAndDeleted() throws IOException {
        Path file = folder.resolve("m.yaml");
        Files.writeString(file, """
                kind: instance
                name: web
                spec: {type: container, image: busybox, networks: [{network: back}]}
                ---
                kind: network
                name: back
                spec: {cidr: 10.1.0.0/24}
                """);
        assertThat(yunqi("diff", "-f", file.toString())).isEqualTo(1);
        assertThat(out()).contains("instance default/web would be created");
        assertThat(yunqi("apply", "-f", file.toString(), "--wait")).as(err()).isZero();
        assertThat(out()).isEqualTo("network default/back created\ninstance default/web created\n");
        assertThat(yunqi("apply", "-f", file.toString())).isZero();
        assertThat(out()).isEqualTo("network default/back unchanged\ninstance default/web unchanged\n");
        assertThat(yunqi("diff", "-f", file.toString())).isZero();
        Files.writeString(file, Files.readString(file).replace("image: busybox", "image: other"));
        assertThat(yunqi("apply", "-f", file.toString())).isZero();
        assertThat(out()).contains("instance default/web changed\n  spec.image: busybox -> other");
        assertThat(yunqi("delete", "-f", file.toString(), "--wait")).as(err()).isZero();
        assertThat(out()).isEqualTo("instance default/web will be deleted\nnetwork default/back will be deleted\n");
        assertThat(server.thing(WEB)).isEmpty();
    }

    @Test
    void nothingIsSentOfAManifestWithAFault() throws IOException {
        Path file = folder.resolve("m.yaml");
        Files.writeString(
                file,
                "kind: network\nname: a\nspec: {cidr: 10.1.0.0/24}\n---\nkind: network\nname: b\nspec: {cidr: x}\n");
        int before = server.calls().size();
        assertThat(yunqi("apply", "-f", file.toString())).isEqualTo(1);
        assertThat(err()).contains("m.yaml:7: spec.cidr: 'x' is not a block");
        assertThat(server.calls()).hasSize(before);
    }

    @Test
    void contextsAreListedAndChosen() {
        assertThat(yunqi("context")).isZero();
        assertThat(out()).contains("*").contains("test").contains(server.url());
        assertThat(yunqi("context", "use", "nowhere")).isEqualTo(1);
        assertThat(yunqi("context", "remove", "test")).isZero();
        assertThat(yunqi("instance", "list")).isEqualTo(1);
        assertThat(err()).contains("no cloud is known here yet");
    }
}
