package yunqi.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.base.BadValue;

final class ConfigTest {
    private static final Path ROOT = Path.of("/srv/yunqi");
    private static final String AUTHORITY = "0f".repeat(32);

    @TempDir
    Path folder;

    @Test
    void anEmptyFileIsAllThatIsNeeded() {
        Config config = Config.parse("{}", ROOT, "Node_7.example.org");

        assertThat(config.root()).isEqualTo(ROOT);
        assertThat(config.name().value()).isEqualTo("node-7");
        assertThat(config.invitation()).isEmpty();
        assertThat(config.link()).isEmpty();
        assertThat(config.address()).isEmpty();
    }

    @Test
    void everyFieldIsRead() {
        Config config = Config.parse("""
                {"root": "/var/x", "name": "n1", "server": "https://10.0.0.1:7443", "token": "secret-word",
                 "authority": "%s", "link": "https://10.0.0.9:7444", "address": "10.0.0.5"}
                """.formatted(AUTHORITY), ROOT, "h");

        assertThat(config.root()).isEqualTo(Path.of("/var/x"));
        assertThat(config.name().value()).isEqualTo("n1");
        assertThat(config.link()).contains(URI.create("https://10.0.0.9:7444"));
        assertThat(config.address().orElseThrow().toString()).isEqualTo("10.0.0.5");
        assertThat(config.invitation().orElseThrow().token()).isEqualTo("secret-word");
        assertThat(config.toString()).as("what is printed").doesNotContain("secret-word");
    }

    @Test
    void whatIsUnknownOrMissingIsNamed() {
        refused("{\"adress\": \"10.0.0.5\"}", "adress");
        refused("{\"address\": \"10.0.0\"}", "address");
        refused("{\"server\": \"https://10.0.0.1:7443\"}", "token");
        refused("{\"server\": \"https://10.0.0.1:7443\", \"token\": \"t\"}", "authority");
        refused("{\"server\": \"10.0.0.1\", \"token\": \"t\", \"authority\": \"" + AUTHORITY + "\"}", "server");
        refused("{\"link\": \"http://10.0.0.1\"}", "link");
    }

    @Test
    void theRootIsWhereTheFileLies() throws Exception {
        Path file = Files.createDirectories(folder.resolve("agent")).resolve("agent.json");
        Files.writeString(file, "{}");

        assertThat(Config.load(file, "h").root()).isEqualTo(folder);
    }

    @Test
    void anyHostnameGivesAName() {
        assertThat(Config.name("").value()).isEqualTo("host");
        assertThat(Config.name("-_-").value()).isEqualTo("host");
        assertThat(Config.name("x".repeat(80)).value()).hasSize(63);
    }

    private static void refused(String json, String field) {
        assertThatThrownBy(() -> Config.parse(json, ROOT, "h"))
                .isInstanceOf(BadValue.class)
                .hasMessageContaining(field);
    }
}
