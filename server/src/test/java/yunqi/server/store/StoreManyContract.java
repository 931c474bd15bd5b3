package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.server.store.Things.created;
import static yunqi.server.store.Things.done;
import static yunqi.server.store.Things.row;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Labels;

/** Reading many rows, or only how far they have come. */
abstract class StoreManyContract extends StoryContract {
    @Test
    void manyRowsAreReadAtOnce() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 1_100; i++) {
            rows.add(row("r" + i));
        }
        store().writeAll(rows.stream()
                .map(row -> List.<Write>of(new Write.Create(row)))
                .toList());
        List<UUID> ids = rows.stream().map(Row::id).toList();
        UUID nobody = UUID.randomUUID();
        List<UUID> asked = new ArrayList<>(ids);
        asked.add(nobody);
        asked.add(ids.getFirst());
        Map<UUID, Row> found = store().all(asked);
        assertThat(found).hasSize(1_100).doesNotContainKey(nobody);
        assertThat(found.get(ids.get(7))).isEqualTo(store().get(ids.get(7)).orElseThrow());
        assertThat(store().all(List.of())).isEmpty();
    }

    @Test
    void howFarRowsHaveComeIsToldWithoutReadingThem() {
        UUID host = UUID.randomUUID();
        Row a = created(store(), row("a"));
        Row b = created(store(), row("b"));
        Row c = created(store(), row("c"));
        created(store(), row("host", Optional.empty(), "h", Labels.NONE));
        done(store().write(List.of(new Write.Decide(a.id(), 1, 0, "{}", Optional.of(host)))));
        done(store().write(List.of(new Write.Observe(a.id(), 0, "{}"))));
        done(store().write(List.of(new Write.Observe(a.id(), 1, "{}"))));
        done(store().write(List.of(new Write.Declare(b.id(), 1, Labels.NONE, "{}"))));
        Map<UUID, Counts> all = new TreeMap<>();
        Optional<UUID> after = Optional.empty();
        for (int page = 0; page < 3; page++) {
            List<Revision> some = store().revisions("instance", Optional.empty(), after, 1);
            assertThat(some).hasSize(1);
            some.forEach(revision -> all.put(revision.id(), revision.counts()));
            after = Optional.of(some.getLast().id());
        }
        assertThat(store().revisions("instance", Optional.empty(), after, 1)).isEmpty();
        assertThat(all)
                .containsOnly(
                        Map.entry(a.id(), new Counts(1, 1, 2)),
                        Map.entry(b.id(), new Counts(2, 0, 0)),
                        Map.entry(c.id(), new Counts(1, 0, 0)));
        assertThat(store().revisions("instance", Optional.of(host), Optional.empty(), 10))
                .containsExactly(new Revision(a.id(), new Counts(1, 1, 2)));
    }
}
