package yunqi.drivers.ovn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OvsdbFramesTest {
    private static final String STREAM =
            "{\"a\":1}{\"b\":\"}{ \\\" \\\\\"}\n {\"c\":{\"d\":[{}]}} {\"e\":\"\u4e91\u8d77\"}";

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 100})
    void messagesAreCutWhereTheirBracesBalanceHoweverTheyArrive(int chunk) throws Exception {
        List<String> messages = new ArrayList<>();
        var frames = new OvsdbFrames(message -> messages.add(new String(message, StandardCharsets.UTF_8).strip()));
        byte[] stream = STREAM.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < stream.length; at += chunk) {
            int length = Math.min(chunk, stream.length - at);
            byte[] piece = new byte[chunk];
            System.arraycopy(stream, at, piece, 0, length);
            frames.feed(piece, length);
        }
        assertThat(messages)
                .containsExactly(
                        "{\"a\":1}", "{\"b\":\"}{ \\\" \\\\\"}", "{\"c\":{\"d\":[{}]}}", "{\"e\":\"\u4e91\u8d77\"}");
    }

    @org.junit.jupiter.api.Test
    void aMessageThatNeverEndsIsRefused() {
        var frames = new OvsdbFrames(message -> {});
        byte[] piece = new byte[1 << 20];
        java.util.Arrays.fill(piece, (byte) '{');
        assertThatThrownBy(() -> {
                    for (int i = 0; i <= OvsdbFrames.MESSAGE_LIMIT >> 20; i++) {
                        frames.feed(piece, piece.length);
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("more than");
    }
}
