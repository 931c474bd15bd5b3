package yunqi.drivers.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.wire.Wire;
import yunqi.drivers.process.Command;

/** The OCI runtime as the engine calls it, with a runc that only writes down what it was asked. */
final class RuntimeTest {
    private static final String CONTAINER = "c6a5120ccccf6a8b0c76cb82cf9f0e807ef2de718f4ed554dc01193c7e4ec2b3";
    private static final String HOSTILE = "A=\"}],\\\"namespaces\\\":[] $(touch /tmp/x) `id` \\u0000 é";

    @TempDir
    private Path folder = Path.of("");

    private Path root = Path.of("");
    private Path bundle = Path.of("");

    @BeforeEach
    void install() throws Exception {
        root = folder.resolve("a root");
        DockerEngine.install(root);
        bundle = Files.createDirectories(folder.resolve("bundle"));
        Files.writeString(
                bundle.resolve("config.json"),
                config("{\"type\":\"mount\"},{\"type\":\"network\"},{\"type\":\"pid\"}"));
        Path runc = Files.createDirectories(folder.resolve("bin")).resolve("runc");
        Files.writeString(runc, "#!/bin/sh\nprintf '%s\\n' \"$@\" > '" + folder + "/asked'\n");
        assertThat(runc.toFile().setExecutable(true)).isTrue();
    }

    private static String config(String namespaces) {
        return "{\"process\":{\"env\":[" + Wire.write(HOSTILE)
                + "]},\"hooks\":{\"prestart\":[{\"path\":\"/proc/9/exe\",\"args\":"
                + "[\"libnetwork-setkey\",\"-exec-root=/x\"]},{\"path\":\"/other\",\"args\":[\"other\"]}]},\"linux\":{\"resources\":"
                + "{\"memory\":{\"limit\":17592186044416}},\"namespaces\":[" + namespaces + "]}}";
    }

    private Command.Result run(String command) throws Exception {
        List<String> line = new ArrayList<>(List.of(
                DockerEngine.runtime(root).toString(),
                "--root",
                "create",
                "--log",
                "/l",
                "--log-format",
                "json",
                command));
        line.addAll(List.of(
                "--bundle",
                bundle.toString(),
                "--pid-file",
                bundle.resolve("pid").toString(),
                CONTAINER));
        return Command.run(
                Duration.ofSeconds(20), Map.of("PATH", folder.resolve("bin") + ":" + System.getenv("PATH")), line);
    }

    private void record(String text) throws Exception {
        Files.writeString(DockerEngine.home(root).resolve("netns").resolve(CONTAINER), text);
    }

    private Path asked() {
        return folder.resolve("asked");
    }

    private void isRefused(String why) throws Exception {
        String before = Files.readString(bundle.resolve("config.json"));
        Command.Result result = run("create");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.errors()).contains(why);
        assertThat(asked()).doesNotExist();
        assertThat(bundle.resolve("config.json")).hasContent(before);
    }

    @Test
    void aContainerJoinsTheRecordedNamespace() throws Exception {
        Path namespace = Files.createFile(folder.resolve("name space"));
        record(namespace + "\n");
        JsonNode before = Wire.lenient().readTree(bundle.resolve("config.json").toFile());
        Command.Result result = run("create");
        assertThat(result.errors()).isEmpty();
        assertThat(Files.readAllLines(asked())).contains("create", CONTAINER);
        JsonNode after = Wire.lenient().readTree(bundle.resolve("config.json").toFile());
        assertThat(after.path("linux").path("namespaces").toString())
                .isEqualTo("[{\"type\":\"mount\"},{\"type\":\"network\",\"path\":\"" + namespace
                        + "\"},{\"type\":\"pid\"}]");
        assertThat(after.path("hooks").toString())
                .isEqualTo("{\"prestart\":[{\"path\":\"/other\",\"args\":[\"other\"]}]}");
        assertThat(after.path("process")).isEqualTo(before.path("process"));
        assertThat(after.path("linux").path("resources"))
                .isEqualTo(before.path("linux").path("resources"));
    }

    @Test
    void whatDockerdWritesNeedsNoJq() throws Exception {
        String hostile = Wire.write(HOSTILE + "{\"type\":\"network\"} {");
        String written = "{\"process\":{\"env\":[" + hostile + "]},\"hostname\":\"h\",%s,\"linux\":{\"namespaces\":["
                + "{\"type\":\"mount\"},%s,{\"type\":\"pid\"}]},\"annotations\":{\"a\":" + hostile + "}}";
        String hooks = "\"hooks\":{\"prestart\":[{\"path\":\"/proc/4711/exe\",\"args\":"
                + "[\"libnetwork-setkey\",\"-exec-root=/a root/run\",\"c6a5\",\"0d1e\"]}]}";
        Files.writeString(bundle.resolve("config.json"), written.formatted(hooks, "{\"type\":\"network\"}"));
        Path jq = Files.writeString(folder.resolve("bin/jq"), "#!/bin/sh\nexit 1\n");
        assertThat(jq.toFile().setExecutable(true)).isTrue();
        Path namespace = Files.createFile(folder.resolve("yq-00a1"));
        record(namespace + "\n");
        assertThat(run("create").errors()).isEmpty();
        assertThat(bundle.resolve("config.json"))
                .hasContent(written.formatted("\"hooks\":{}", "{\"type\":\"network\",\"path\":\"" + namespace + "\"}"));
    }

    @Test
    void withoutARecordItIsRefused() throws Exception {
        isRefused("no network namespace is recorded");
        record("");
        isRefused("is empty");
        record("name\n");
        isRefused("not a path");
        record("/does/not/exist\n");
        isRefused("is not there");
    }

    @Test
    void theHostsOwnNetworkIsRefused() throws Exception {
        record("/proc/self/ns/net\n");
        isRefused("the host's own network");
    }

    @Test
    void aContainerOfTheHostsNetworkIsRefused() throws Exception {
        record(Files.createFile(folder.resolve("ns")) + "\n");
        Files.writeString(bundle.resolve("config.json"), config("{\"type\":\"mount\"}"));
        isRefused("no network namespace of its own");
    }

    @Test
    void otherCommandsPassAsTheyAreAndRunIsRefused() throws Exception {
        assertThat(run("start").exitCode()).isZero();
        assertThat(Files.readAllLines(asked())).contains("start", CONTAINER);
        Files.delete(asked());
        assertThat(run("run").exitCode()).isEqualTo(1);
        assertThat(run("restore").exitCode()).isEqualTo(1);
        assertThat(asked()).doesNotExist();
    }
}
