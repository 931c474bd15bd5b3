package yunqi.core.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class StoryTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void whatHappensAgainIsCounted() {
        Story story = Story.EMPTY
                .and(Event.of(NOW, "ended", "exit code 1"))
                .and(Event.of(NOW.plusSeconds(1), "started", "on h1"))
                .and(Event.of(NOW.plusSeconds(2), "ended", "exit code 1"));
        assertThat(story.events())
                .containsExactly(
                        Event.of(NOW.plusSeconds(1), "started", "on h1"),
                        new Event(NOW, NOW.plusSeconds(2), 2, "ended", "exit code 1"));
    }

    @Test
    void theOldestIsDroppedAndLongWordsAreCut() {
        Story story = Story.EMPTY;
        for (int i = 0; i < 10 * Story.LIMIT; i++) {
            story = story.and(Event.of(NOW.plusSeconds(i), "trouble", i + "x".repeat(1000)));
        }
        assertThat(story.events()).hasSize(Story.LIMIT);
        assertThat(story.events().getLast().message()).startsWith("399x").hasSize(Event.MESSAGE_LIMIT + 1);
    }
}
