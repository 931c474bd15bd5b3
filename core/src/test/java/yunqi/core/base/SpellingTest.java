package yunqi.core.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class SpellingTest {
    private static final List<Name> KNOWN = List.of(new Name("debian-12"), new Name("tiny"), new Name("busybox"));

    @Test
    void aSlipIsRecognized() {
        assertThat(closest("debain-12")).contains("debian-12");
        assertThat(closest("debian12")).contains("debian-12");
        assertThat(closest("tinny")).contains("tiny");
        assertThat(closest("bosybux")).contains("busybox");
    }

    @Test
    void anotherWordIsNot() {
        assertThat(closest("windows")).isEmpty();
        assertThat(closest("x")).isEmpty();
    }

    @Test
    void swappedNeighboursAreOneEdit() {
        assertThat(Spelling.edits("debain", "debian")).isEqualTo(1);
        assertThat(Spelling.edits("", "abc")).isEqualTo(3);
        assertThat(Spelling.edits("abc", "abc")).isZero();
    }

    private static Optional<String> closest(String name) {
        return Spelling.closest(new Name(name), KNOWN).map(Name::value);
    }
}
