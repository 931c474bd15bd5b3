package yunqi.cli.show;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
    private static final List<String> HEAD = List.of("NAME", "STATE", "MESSAGE");

    @Test
    void columnsAreAligned() {
        assertThat(Table.lines(
                        HEAD,
                        List.of(List.of("web", "running", "runs on h1"), List.of("database", "stopped", "-")),
                        Integer.MAX_VALUE))
                .containsExactly(
                        "NAME      STATE    MESSAGE", //
                        "web       running  runs on h1",
                        "database  stopped  -");
    }

    @Test
    void theWidestColumnGivesWayFirst() {
        List<String> lines = Table.lines(
                HEAD, List.of(List.of("web", "running", "waits for a host to be chosen, and waits, and waits")), 40);
        assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(40));
        assertThat(lines.get(1)).startsWith("web   running  waits for").endsWith("…");
    }

    @Test
    void wideLettersCountTwice() {
        assertThat(Table.width("云起")).isEqualTo(4);
        assertThat(Table.lines(List.of("A", "B"), List.of(List.of("云起", "x"), List.of("abcd", "y")), 80))
                .containsExactly("A     B", "云起  x", "abcd  y");
    }

    @Test
    void agesAndSizesAreShort() {
        assertThat(Column.age(Duration.ofSeconds(45))).isEqualTo("45s");
        assertThat(Column.age(Duration.ofMinutes(12))).isEqualTo("12m");
        assertThat(Column.age(Duration.ofMinutes(200))).isEqualTo("3h20m");
        assertThat(Column.age(Duration.ofDays(5))).isEqualTo("5d");
        assertThat(Column.size("1536MiB")).isEqualTo("1.5GiB");
        assertThat(Column.size("23456789")).isEqualTo("22MiB");
        assertThat(Column.size("-")).isEqualTo("-");
    }
}
