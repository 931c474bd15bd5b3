package yunqi.cli.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import yunqi.cli.api.Api;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Trouble;
import yunqi.core.wire.Link;

class StreamClientTest {
    private static final String PATH = "/v1/streams/t-1";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private StreamClient.Ended run(OneSocket far, String input, boolean escape) throws InterruptedException {
        InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
        try (Api api = new Api(new Contexts.Context(far.url(), "token", ""))) {
            return StreamClient.run(api, PATH, new StreamClient.Near(Optional.of(in), out, err, false, escape));
        }
    }

    private static Link.Control exit(int code) {
        return new Link.Control(Optional.empty(), Optional.empty(), false, Optional.of(code), Optional.empty());
    }

    @Test
    void bytesGoBothWaysAndTheExitCodeComesBack() throws IOException, InterruptedException {
        byte[] large = new byte[20_000];
        java.util.Arrays.fill(large, (byte) 'x');
        try (OneSocket far = new OneSocket(socket -> {
            String said = socket.hear();
            socket.hear();
            socket.send(Link.OUTPUT, ("you said " + said + "\n").getBytes(StandardCharsets.UTF_8));
            socket.send(Link.ERRORS, "oops\n".getBytes(StandardCharsets.UTF_8));
            socket.send(Link.OUTPUT, large);
            socket.control(exit(7));
            socket.end(1000, "");
        })) {
            StreamClient.Ended ended = run(far, "hello", false);
            assertThat(ended.exitCode()).contains(7);
            assertThat(ended.left()).isFalse();
            assertThat(out.toString(StandardCharsets.UTF_8))
                    .startsWith("you said input hello\nxxx")
                    .hasSize(20_021);
            assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("oops\n");
            assertThat(far.heard()).contains("GET " + PATH + " HTTP/1.1", "input hello");
            assertThat(far.heard())
                    .anyMatch(words -> words.startsWith("control ") && words.contains("\"endOfInput\":true"));
        }
    }

    @Test
    void theEscapeLeaves() throws IOException, InterruptedException {
        try (OneSocket far = new OneSocket(socket -> {
            while (!socket.hear().equals("close")) {
                // goes on until the near side leaves
            }
        })) {
            assertThat(run(far, "ls\n\u001d", true).left()).isTrue();
        }
    }

    @Test
    void troubleOfTheFarSideIsTold() throws IOException {
        try (OneSocket far = new OneSocket(socket -> {
            socket.control(new Link.Control(
                    Optional.empty(),
                    Optional.empty(),
                    false,
                    Optional.empty(),
                    Optional.of("there is no command 'foo' inside")));
            socket.end(1000, "");
        })) {
            assertThatThrownBy(() -> run(far, "", false))
                    .isInstanceOf(Trouble.class)
                    .hasMessageContaining("there is no command 'foo' inside");
        }
        try (OneSocket far = new OneSocket(socket -> socket.end(1011, "the host went away"))) {
            assertThatThrownBy(() -> run(far, "", false)).hasMessageContaining("the host went away");
        }
    }

    @Test
    void aStreamThatCannotBeOpenedIsTold() throws IOException {
        OneSocket far = new OneSocket(_ -> {});
        far.close();
        assertThatThrownBy(() -> run(far, "", false))
                .isInstanceOf(Trouble.class)
                .hasMessageContaining("the stream could not be opened");
    }
}
