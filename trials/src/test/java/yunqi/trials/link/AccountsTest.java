package yunqi.trials.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.trials.lab.Cloud;

/** Users, roles, tokens and quotas as people type them, against the real API. */
class AccountsTest {
    private static final URI NO_REGISTRY = URI.create("http://127.0.0.1:1");
    private static final String PASSWORD = "correct horse battery";

    @TempDir
    private Path folder = Path.of("");

    private TwoEnds ends;
    private TypedSite site;

    @BeforeEach
    void start() throws Exception {
        ends = new TwoEnds(folder, NO_REGISTRY);
        site = new TypedSite(folder, ends, ends.clock, NO_REGISTRY);
    }

    @AfterEach
    void stop() {
        site.close();
        ends.close();
    }

    private int yunqi(String input, String... words) {
        return site.yunqi(input, words);
    }

    private void done(String input, String... words) {
        site.done(input, words);
    }

    private String out() {
        return site.out();
    }

    private String err() {
        return site.err();
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
                site.url(),
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

    /** The entry of what was just answered may be some milliseconds late. */
    private void written(String actor, String name) {
        Cloud.await(
                "an entry about " + name,
                Duration.ofSeconds(30),
                () -> {
                    done("", "audit", "list", "--actor", actor, "--name", name, "-o", "json");
                    return out();
                },
                list -> list.contains("\"request\""));
    }

    @Test
    void theAuditIsListedExportedAndChecked() throws Exception {
        done("", "project", "create", "red");
        assertThat(yunqi("", "project", "grant", "red", "ghost", "member")).isEqualTo(1);
        written("operator", "ghost");
        done("", "audit", "list");
        assertThat(out()).containsPattern("operator +127.0.0.1 +PUT +red +grant ghost +4[0-9]{2} [a-z]");
        done("", "audit", "list", "--result", "accepted");
        assertThat(out()).contains("project red").doesNotContain("ghost");
        done("", "audit", "list", "-p", "red", "--kind", "grant");
        assertThat(out()).contains("ghost").doesNotContain("project red");
        assertThat(yunqi("", "audit", "list", "--from", "noon")).isEqualTo(2);
        assertThat(yunqi("", "audit", "list", "--result", "fine")).isEqualTo(1);
        assertThat(err()).contains("accepted, refused, unknown");

        done("", "audit", "verify");
        assertThat(out()).matches("whole up to entry [0-9]+:[0-9a-f]{64}\n");
        String known = out().strip().substring("whole up to entry ".length());
        done("", "project", "create", "blue");
        written("operator", "blue");
        done("", "audit", "verify", "--known", known);
        assertThat(yunqi("", "audit", "verify", "--known", known.replaceFirst(":.", ":x")))
                .isEqualTo(2);
        String wrong = known.substring(0, known.length() - 64) + "0".repeat(64);
        assertThat(yunqi("", "audit", "verify", "--known", wrong)).isEqualTo(1);
        assertThat(err()).contains("the audit is broken at entry");

        Path file = folder.resolve("audit.jsonl");
        done("", "audit", "export", file.toString());
        done("", "audit", "verify", file.toString(), "--known", known);
        assertThat(yunqi("", "audit", "verify", file.toString(), "--known", wrong))
                .isEqualTo(1);
        assertThat(yunqi("", "audit", "export", file.toString())).isEqualTo(1);
        assertThat(err()).contains("is there already");
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.set(1, lines.get(1).replace("\"operator\"", "\"eve\""));
        Files.write(file, lines);
        assertThat(yunqi("", "audit", "verify", file.toString())).isEqualTo(1);
        assertThat(err()).contains("broken at entry 2: entry 2 is not what was appended after entry 1");
        Files.writeString(file, "{}\n");
        assertThat(yunqi("", "audit", "verify", file.toString())).isEqualTo(1);
        assertThat(err()).contains("is no entry of an audit");
    }
}
