package yunqi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Printed;
import yunqi.cli.api.Surroundings;
import yunqi.core.wire.Wire;

/** What tenants wrote is shown, and moves no cursor: a terminal obeys none of it, and scripts get it as it is. */
class HostileTextTest {
    private static final String WEB = "/v1/projects/default/instances/web";

    /** Clears the screen, sets the title, writes the line anew, the same in characters of one byte (C1), goes back, deletes. */
    private static final String EVIL =
            "\u001b[2J\u001b]0;owned\u0007 a\rb \u009b2J\u009d0;x\u009c\u0085 \b\b\u007f \"'$(id)`id` <b>{a: [&x !!y 云\u00e9\n\tz";

    private final Map<String, String> env = new TreeMap<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path folder = Path.of("");

    private int yunqi(String... words) {
        out.reset();
        err.reset();
        return Main.run(around(), List.of(words));
    }

    private Surroundings around() {
        return new Surroundings(env, new ByteArrayInputStream(new byte[0]), new Printed(out), new Printed(err));
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void nothingOfItReachesATerminalAndAllOfItAScript() throws Exception {
        try (Pretended server = new Pretended()) {
            env.put("YUNQI_HOME", System.getProperty("yunqi.home", ".."));
            env.put("YUNQI_CONFIG", folder.resolve("config.json").toString());
            env.put("YUNQI_TTY", "012");
            new Contexts(around()).save("test", new Contexts.Context(server.url(), "good", ""));
            assertThat(yunqi(
                            "instance",
                            "create",
                            "web",
                            "--type",
                            "container",
                            "--image",
                            "busybox",
                            "--env",
                            "A=" + EVIL))
                    .as(text(err))
                    .isZero();
            ObjectNode web = server.thing(WEB).orElseThrow();
            assertThat(web.at("/spec/env/A").asText())
                    .as("it arrives as it was written")
                    .isEqualTo(EVIL);
            // What a host or a server says may hold a tenant's text, too.
            web.withObject("/status").put("message", EVIL).put("state", "starting");
            for (List<String> words : List.of(
                    List.of("instance", "list"),
                    List.of("instance", "show", "web"),
                    List.of("instance", "show", "web", "-o", "json"),
                    List.of("instance", "show", "web", "-o", "yaml"),
                    List.of("instance", "list", "-o", "yaml"),
                    List.of("instance", "show", EVIL),
                    List.of("image", "show", EVIL),
                    List.of(EVIL))) {
                yunqi(words.toArray(String[]::new));
                assertThat(text(out) + text(err)).as(words.toString()).isNotBlank();
                harmless(text(out));
                harmless(text(err).replace("\r\u001b[K", "")); // our own: where something is waited for
            }
            yunqi("instance", "show", "web", "-o", "json");
            same(Wire.lenient());
            yunqi("instance", "show", "web", "-o", "yaml");
            same(new YAMLMapper());
        }
    }

    private static void harmless(String shown) {
        assertThat(shown).matches("(?s)[^\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]*");
    }

    private void same(ObjectMapper mapper) throws Exception {
        assertThat(mapper.readTree(text(out)).at("/spec/env/A").asText()).isEqualTo(EVIL);
    }

    @Test
    void whatIsSaidToATerminalIsNotTakenFromAnybody() {
        Printed printed = new Printed(out);
        printed.print("\r\u001b[K");
        printed.command("\r\u001b[K");
        printed.write(new byte[] {(byte) 0xC2}, 0, 1); // a character in two pieces
        printed.write(0x9B);
        printed.print("é\u00a0\u009f~\t\n");
        assertThat(text(out)).isEqualTo("??[K\r\u001b[K\u00bfé\u00a0\u00bf~\t\n");
    }
}
