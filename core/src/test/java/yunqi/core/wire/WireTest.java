package yunqi.core.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import yunqi.core.base.BadValue;

class WireTest {
    private record Inner(String word, int number) {}

    private record Outer(String name, Optional<String> note, List<Inner> parts) {}

    @Test
    void whatIsNotOptionalMustBeThere() {
        assertThat(Wire.read("", "{\"name\":\"a\",\"parts\":[]}", Outer.class))
                .isEqualTo(new Outer("a", Optional.empty(), List.of()));
        refused("{\"parts\":[]}", "name", "is missing");
        refused("{\"name\":null,\"parts\":[]}", "name", "is missing");
        refused("{\"name\":\"a\",\"parts\":[{\"number\":1}]}", "parts[0].word", "is missing");
        refused("{\"name\":\"a\",\"parts\":[{\"word\":\"w\"}]}", "parts[0].number", "is missing");
    }

    @Test
    void whatWeWroteOurselvesMayLackWhatCameLater() {
        assertThat(Wire.stored("{\"name\":\"a\",\"later\":1}", Outer.class).name())
                .isEqualTo("a");
    }

    private static void refused(String json, String field, String words) {
        assertThatThrownBy(() -> Wire.read("", json, Outer.class))
                .isInstanceOfSatisfying(
                        BadValue.class, bad -> assertThat(bad.field()).isEqualTo(field))
                .hasMessageContaining(words);
    }
}
