package yunqi.cli.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContextsTest {
    @TempDir
    private Path folder = Path.of("");

    private Contexts contexts(Map<String, String> env) {
        return new Contexts(new Surroundings(env, new ByteArrayInputStream(new byte[0]), System.out, System.err));
    }

    @Test
    void theFileIsForItsOwnerAlone() throws IOException {
        Contexts contexts = contexts(Map.of("HOME", folder.toString()));
        contexts.save("one", new Contexts.Context("https://a:1", "secret", "pem"));
        Path file = folder.resolve(".config/yunqi/config.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(contexts.pick(Optional.empty()).url()).isEqualTo("https://a:1");
        assertThat(contexts.pick(Optional.empty()).toString()).doesNotContain("secret");
    }

    @Test
    void whichCloudIsMeant() {
        String file = folder.resolve("c.json").toString();
        Contexts contexts = contexts(Map.of("YUNQI_CONFIG", file));
        contexts.save("one", new Contexts.Context("https://a:1", "t", "pem"));
        contexts.save("two", new Contexts.Context("https://b:1", "t", "pem"));
        assertThat(contexts.pick(Optional.empty()).url())
                .as("the last one saved")
                .isEqualTo("https://b:1");
        assertThat(contexts(Map.of("YUNQI_CONFIG", file, "YUNQI_CONTEXT", "one"))
                        .pick(Optional.empty())
                        .url())
                .isEqualTo("https://a:1");
        assertThat(contexts.pick(Optional.of("one")).url()).isEqualTo("https://a:1");
        contexts.remove("two");
        assertThat(contexts.pick(Optional.empty()).url()).isEqualTo("https://a:1");
        assertThatThrownBy(() -> contexts.pick(Optional.of("three"))).hasMessageContaining("known are one");
    }

    @Test
    void noneAndBrokenOnesAreTold() throws IOException {
        Path file = folder.resolve("c.json");
        Contexts contexts = contexts(Map.of("YUNQI_CONFIG", file.toString()));
        assertThatThrownBy(() -> contexts.pick(Optional.empty())).hasMessageContaining("yunqi up");
        Files.writeString(file, "{broken");
        assertThatThrownBy(() -> contexts.pick(Optional.empty()))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("not a file of contexts");
    }
}
