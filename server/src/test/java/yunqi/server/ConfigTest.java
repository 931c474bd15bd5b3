package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.image.ImageLimits;
import yunqi.server.access.Access;

final class ConfigTest {
    @Test
    void anEmptyFileMeansTheDefaults(@TempDir Path root) throws Exception {
        Path file = Files.createDirectories(root.resolve("server")).resolve("server.json");
        Files.writeString(file, "{}");
        assertThat(Config.load(file))
                .isEqualTo(new Config(
                        root,
                        "127.0.0.1",
                        List.of(),
                        "0.0.0.0",
                        new Config.Ports(7443, 7444, 7445, 7446, 7447),
                        new Config.Database.Embedded(),
                        Config.Images.USUAL,
                        0,
                        Access.Settings.USUAL));
    }

    @Test
    void everyFieldIsRead() {
        Config config = Config.parse("""
                {"root":"/srv/yq","address":"10.1.2.3","names":["cloud.example"],"listen":"10.1.2.3",
                 "ports":{"api":1,"link":2,"southbound":3,"registry":4,"database":5},
                 "database":{"url":"jdbc:postgresql://db/yunqi","user":"u","password":"secret"},
                 "images":{"stored":"10GiB","disk":"50GiB","fetchFrom":["10.0.0.0/8"]},"simulated":100,"access":{"hostsShown":true}}
                """, Path.of("/elsewhere"));
        assertThat(config)
                .isEqualTo(new Config(
                        Path.of("/srv/yq"),
                        "10.1.2.3",
                        List.of("cloud.example"),
                        "10.1.2.3",
                        new Config.Ports(1, 2, 3, 4, 5),
                        new Config.Database.External("jdbc:postgresql://db/yunqi", "u", "secret"),
                        new Config.Images(
                                new ImageLimits(Bytes.gibibytes(10), ImageLimits.USUAL.unpacked(), Bytes.gibibytes(50)),
                                List.of("10.0.0.0/8")),
                        100,
                        new Access.Settings(true)));
        assertThat(config.toString()).doesNotContain("secret");
        assertThat(config.certificateNames())
                .containsExactlyInAnyOrder("10.1.2.3", "127.0.0.1", "cloud.example", "localhost");
    }

    @Test
    void mistakesAreNamed() {
        refused("{\"adress\":\"x\"}", "adress");
        refused("{\"ports\":{\"api\":70000}}", "ports.api");
        refused("{\"simulated\":-1}", "simulated");
        refused("{\"images\":{\"disk\":\"0\"}}", "images");
        refused("{\"database\":{\"url\":\"jdbc:mysql://x\"}}", "database.url");
    }

    private static void refused(String json, String field) {
        assertThatThrownBy(() -> Config.parse(json, Config.ROOT))
                .isInstanceOfSatisfying(
                        BadValue.class, bad -> assertThat(bad.field()).isEqualTo(field));
    }
}
