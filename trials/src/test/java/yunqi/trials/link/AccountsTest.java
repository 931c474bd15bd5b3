package yunqi.trials.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
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
import yunqi.cli.Main;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Surroundings;
import yunqi.core.image.ImageLimits;
import yunqi.core.wire.Api;
import yunqi.drivers.fake.FakeIntake;
import yunqi.drivers.fake.Faults;
import yunqi.server.ApiTable;
import yunqi.server.access.Access;
import yunqi.server.http.Http;
import yunqi.server.http.Measures;
import yunqi.server.site.FirstStart;

/** Users, roles, tokens and quotas as people type them, against the real API. */
class AccountsTest {
    private static final URI NO_REGISTRY = URI.create("http://127.0.0.1:1");
    private static final String PASSWORD = "correct horse battery";

    @TempDir
    private Path folder = Path.of("");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> env = new TreeMap<>();
    private TwoEnds ends;
    private Http http;

    @BeforeEach
    void start() throws Exception {
        ends = new TwoEnds(folder, NO_REGISTRY);
        FirstStart.of(ends.store, ApiTable.projects(ends.store, ends.clock), ends.clock);
        Measures measures = new Measures();
        Access access = new Access(ends.store, ends.clock, Access.Settings.USUAL);
        access.tokens().first(folder.resolve("operator-token"));
        FakeIntake images = new FakeIntake(Faults.NONE);
        Http.Table table = ApiTable.of(
                new ApiTable.Parts(ends.store, ends.clock, ends.streams, access, ends.joins, measures),
                new ApiTable.Images(images, images, ImageLimits.USUAL),
                new Api.Version("0.1.0", "v1", false, ends.authority.fingerprint()),
                NO_REGISTRY);
        http = new Http(
                new Http.Listen("127.0.0.1", 0, ends.authority.api(List.of("127.0.0.1"))), table, access, measures);
        http.start();
        Files.writeString(folder.resolve("ca.crt"), ends.authority.certificate());
        env.put("YUNQI_HOME", System.getProperty("yunqi.home", ".."));
        env.put("YUNQI_CONFIG", folder.resolve("config.json").toString());
        String token = Files.readString(folder.resolve("operator-token")).strip();
        new Contexts(around("")).save("site", new Contexts.Context(url(), token, ends.authority.certificate()));
    }

    @AfterEach
    void stop() {
        http.close();
        ends.close();
    }

    private String url() {
        return "https://127.0.0.1:" + http.port();
    }

    private Surroundings around(String input) {
        return new Surroundings(
                env,
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private int yunqi(String input, String... words) {
        out.reset();
        err.reset();
        return Main.run(around(input), List.of(words));
    }

    private void done(String input, String... words) {
        assertThat(yunqi(input, words))
                .as(() -> String.join(" ", words) + ": " + err())
                .isZero();
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aUserIsMadeSignsInAndMakesAToken() {
        done("", "project", "create", "red", "--quota", "instances=2,memory=4GiB");
        done("", "project", "quota", "red", "vcpus=3", "memory=none");
        assertThat(out()).containsPattern("instances +0 +2").containsPattern("memory +0 +none");
        done(PASSWORD + "\n", "user", "create", "alice");
        done("", "project", "grant", "red", "alice", "member");
        assertThat(out()).isEqualTo("alice is member in project red\n");
        done("", "project", "members", "red");
        assertThat(out()).containsPattern("alice +member");

        done(
                PASSWORD + "\n",
                "login",
                url(),
                "--user",
                "alice",
                "--ca",
                folder.resolve("ca.crt").toString());
        assertThat(out()).startsWith("signed in to 127-0-0-1 (").contains(" as alice until ");
        done("", "project", "list", "-o", "json");
        assertThat(out()).contains("\"red\"").doesNotContain("\"default\"");
        done("", "token", "create", "ci", "--project", "red", "--role", "viewer", "--expires", "30d");
        assertThat(out()).matches("yq_[0-9a-f]{64}\n");
        done("", "token", "list");
        assertThat(out()).containsPattern("ci +red +viewer");
        done("", "token", "revoke", "ci");
        assertThat(yunqi("", "token", "revoke", "ci")).isEqualTo(1);
        assertThat(err()).contains("no token 'ci'");
        assertThat(yunqi("", "host", "list")).isEqualTo(1);
        assertThat(err()).contains("only operators of the site may do this").contains("(operators-only)");
        assertThat(yunqi("", "network", "list", "-p", "default")).isEqualTo(1);
        assertThat(err()).contains("there is no project 'default'");

        done(PASSWORD + "\nanother horse entirely\n", "user", "password");
        done("", "logout");
        assertThat(yunqi("", "user", "show")).isEqualTo(1);
        assertThat(err()).contains("does not know this token").contains("yunqi login");
        assertThat(yunqi(PASSWORD + "\n", "login", "--user", "alice")).isEqualTo(1);
        assertThat(err()).contains("user and password do not match");
        done("another horse entirely\n", "login", "--user", "alice");
        done("", "user", "show");
        assertThat(out()).containsPattern("name: +alice");

        done("", "context", "use", "site");
        done("", "user", "disable", "alice");
        done("", "project", "revoke", "red", "alice");
        done("", "user", "list");
        assertThat(out()).containsPattern("alice +disabled");
        done("", "user", "delete", "alice");
        assertThat(yunqi("", "user", "show", "alice")).isEqualTo(1);
    }
}
