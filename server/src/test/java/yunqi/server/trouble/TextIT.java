package yunqi.server.trouble;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.core.wire.Wire;
import yunqi.drivers.process.Command;
import yunqi.drivers.process.Ports;
import yunqi.server.ApiForTests;
import yunqi.server.ApiForTests.Answer;
import yunqi.server.store.PostgresProcess;
import yunqi.server.store.PostgresStore;

/** What tenants write, through the API and a real PostgreSQL: it comes back as it was, or was refused with the field at fault. Nothing between reads it. */
final class TextIT {
    private static final Path ROOT = Path.of("/tmp/yq-text-" + System.getProperty("user.name"));
    private static final Duration QUICK = Duration.ofSeconds(20);

    /** For SQL, a shell, XML, JSON, YAML, a path, a terminal, a page, a format, a log. */
    private static final String EVIL =
            "'); drop table thing; -- \" \\ \\u0000 \\' $1 ? {0} $(id) `id` ${HOME} %s%n\r\n\t"
                    + "<script>alert(1)</script> &amp; ]]> <!-- key: [&a *a] !!x - # ../../etc/passwd %2e%2e%2f"
                    + " \u0001\u0008\u001b[2J\u007f\u0085\u009b2J\u2028\u202e\ufeff\uffff 云é😀";

    private static final String PROJECT = "/v1/projects/default";

    private final PostgresProcess process = new PostgresProcess(ROOT, Ports.free());

    @BeforeEach
    @AfterEach
    void clear() throws Exception {
        if (Files.exists(ROOT)) {
            process.pid().flatMap(ProcessHandle::of).ifPresent(ProcessHandle::destroyForcibly);
            process.stop(QUICK);
            Command.must(QUICK, List.of("rm", "-rf", ROOT.toString()));
        }
    }

    @Test
    void whatIsTakenComesBackAsItWasAndAllElseIsRefused() throws Exception {
        PostgresStore store = PostgresStore.open(process.start(), Instant::now);
        try (ApiForTests api = new ApiForTests(store, Instant::now, URI.create("http://127.0.0.1:1"), store.audit())) {
            api.image("busybox", "container", "16MiB");
            api.image("tiny", "vm", "16MiB");
            taken(api);
            refused(api);
            assertThat(api.get("/v1/audit/verify").at("/broken")).isIn("", "false", "null");
            String audit = api.get("/v1/audit?limit=1000").text();
            assertThat(audit).contains("PUT").doesNotContain("drop table").doesNotContain("alert(");
        }
    }

    private static void taken(ApiForTests api) throws Exception {
        same(api, "/v1/projects/red", Map.of("description", EVIL), "/spec/description");
        same(api, "/v1/users/carol", Map.of("description", EVIL), "/spec/description");
        same(
                api,
                PROJECT + "/instances/box",
                Map.of("type", "container", "image", "busybox", "env", Map.of("A", EVIL), "command", List.of(EVIL)),
                "/spec/env/A",
                "/spec/command/0");
        same(
                api,
                PROJECT + "/instances/guest",
                Map.of("type", "vm", "image", "tiny", "userData", EVIL),
                "/spec/userData");
    }

    private static void same(ApiForTests api, String path, Map<String, Object> spec, String... pointers)
            throws Exception {
        Answer made = api.put(path, Wire.write(Map.of("spec", spec)));
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        Answer one = api.get(path);
        String name = path.substring(path.lastIndexOf('/') + 1);
        Answer all = api.get(path.substring(0, path.lastIndexOf('/')));
        for (String pointer : pointers) {
            assertThat(one.at(pointer)).as(pointer).isEqualTo(EVIL);
            for (var item : all.json().path("items")) {
                if (item.path("name").asText().equals(name)) {
                    assertThat(item.at(pointer).asText()).as("in the list").isEqualTo(EVIL);
                }
            }
        }
        for (Answer answer : List.of(made, one, all)) {
            assertThat(answer.header("Content-Type")).isEqualTo("application/json");
            assertThat(answer.header("X-Content-Type-Options"))
                    .as("no browser takes it for a page")
                    .isEqualTo("nosniff");
        }
    }

    private static void refused(ApiForTests api) throws Exception {
        String fine = "{\"spec\":{\"type\":\"container\",\"image\":\"busybox\"}}";
        for (String name :
                List.of(EVIL, "..", "../../v1/users", "a b", "A", "a'b", "a;b", "a\nb", "a\u0000b", "<b>", "云")) {
            String path = PROJECT + "/instances/"
                    + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
            Answer answer = api.put(path, fine);
            assertThat(answer.status()).as(answer.text()).isBetween(400, 499);
            assertThat(answer.at("/code")).isNotEmpty();
        }
        for (String bad : List.of(EVIL, "a\u0000", "$(id)", "../../x", "a\nb", "<b>")) {
            field(api, Map.of("type", "container", "image", bad), "spec.image");
            field(api, Map.of("type", "container", "image", "busybox", "flavor", bad), "spec.flavor");
            field(api, Map.of("type", "container", "image", "busybox", "host", bad), "spec.host");
            field(api, Map.of("type", "vm", "image", "tiny", "keys", List.of(bad)), "spec.keys");
            field(api, Map.of("type", "container", "image", "busybox", "env", Map.of(bad, "x")), "spec.env");
        }
        for (String bad : List.of(EVIL, "a\u0000", "$(id)", "a b", "a\nb", "<b>", "云")) {
            Answer label = api.put(
                    PROJECT + "/instances/web",
                    Wire.write(Map.of(
                            "labels", Map.of("a", bad), "spec", Map.of("type", "container", "image", "busybox"))));
            assertThat(label.status()).as(label.text()).isEqualTo(422);
            assertThat(label.at("/field")).startsWith("labels");
        }
        field(api, Map.of("type", "container", "image", "busybox", "env", Map.of("A", "a\u0000b")), "spec.env.A");
        field(api, Map.of("type", "container", "image", "busybox", "command", List.of("a\u0000b")), "spec.command");
        field(api, Map.of("type", "vm", "image", "tiny", "userData", "a\u0000b"), "spec.userData");
        assertThat(api.get(PROJECT + "/instances/web").status())
                .as("nothing half-made")
                .isEqualTo(404);
    }

    private static void field(ApiForTests api, Map<String, Object> spec, String field) throws Exception {
        Answer answer = api.put(PROJECT + "/instances/web", Wire.write(Map.of("spec", spec)));
        assertThat(answer.status()).as(answer.text()).isEqualTo(422);
        assertThat(answer.at("/field")).as(answer.text()).startsWith(field);
    }
}
