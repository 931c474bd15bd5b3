package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static yunqi.server.store.Things.created;
import static yunqi.server.store.Things.refused;
import static yunqi.server.store.Things.row;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Event;
import yunqi.core.base.Story;
import yunqi.server.store.Written.Reason;

/** What every store does with the stories of rows. */
abstract class StoryContract extends StoreLogContract {
    private static final Instant LATER = Things.CREATED.plusSeconds(60);

    @Test
    void aStoryIsToldWithTheChangesAndGoesWithTheRow() {
        Row row = created(store(), row("told"));
        assertThat(store().story(row.id())).isEqualTo(Story.EMPTY);
        Event placed = Event.of(LATER, "placed", "on h1");
        store().write(List.of(new Write.Observe(row.id(), 0, "{}"), new Write.Tell(row.id(), placed)));
        store().writeAll(List.of(
                List.of(
                        new Write.Tell(row.id(), Event.of(LATER, "trouble", "no room '{}' \u0000")),
                        new Write.Observe(row.id(), 1, "{}")),
                List.of(
                        new Write.Observe(row.id(), 2, "{}"),
                        new Write.Tell(row.id(), Event.of(LATER.plusSeconds(5), "placed", "on h1")))));
        assertThat(store().story(row.id()).events())
                .extracting(Event::what, Event::count)
                .containsExactly(tuple("trouble", 1), tuple("placed", 2));
        Event again = store().story(row.id()).events().getLast();
        assertThat(again.first()).isEqualTo(LATER);
        assertThat(again.last()).isEqualTo(LATER.plusSeconds(5));

        store().write(List.of(new Write.Tell(row.id(), placed), new Write.Observe(row.id(), 0, "stale")));
        assertThat(store().story(row.id()).events()).as("all or nothing").hasSize(2);
        assertThat(refused(store().write(List.of(new Write.Tell(UUID.randomUUID(), placed))))
                        .reason())
                .isEqualTo(Reason.GONE);

        store().write(List.of(new Write.MarkDeleted(row.id(), 1, LATER), new Write.Remove(row.id(), 0)));
        assertThat(store().story(row.id())).isEqualTo(Story.EMPTY);
        Row made = row("made");
        store().write(List.of(new Write.Create(made), new Write.Tell(made.id(), placed)));
        assertThat(store().story(made.id()).events()).containsExactly(placed);
    }
}
