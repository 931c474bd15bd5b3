package yunqi.cli.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import yunqi.core.wire.Wire;

class JsonTest {
    @Test
    void readsWhatTheMapperReads() throws IOException {
        for (String text : List.of(
                "{}",
                "[]",
                "null",
                "true",
                "\"云起\\u0000\\n\"",
                "{\"a\":{\"b\":[1,-2,3000000000,123456789012345678901234567890,1.5,1e300,false,null,\"\"]},\"c\":[[],{}]}")) {
            assertThat(Json.read(bytes(text))).as(text).isEqualTo(Wire.lenient().readTree(text));
        }
    }

    @Test
    void refusesWhatIsNotOneValue() {
        for (String text : List.of(
                "",
                " ",
                "{",
                "[1,",
                "{\"a\"}",
                "{\"a\":}",
                "[1]]",
                "{} {}",
                "{\"a\":1,\"a\":2}",
                "nul",
                "[".repeat(2000))) {
            assertThatThrownBy(() -> Json.read(bytes(text))).as(text).isInstanceOf(IOException.class);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
