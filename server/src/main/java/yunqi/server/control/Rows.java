package yunqi.server.control;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import yunqi.server.store.Counts;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Revision;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/** Walks over every row of a kind, page by page. */
final class Rows {
    private static final int REVISIONS = 10_000; // some hundred kilobytes, some ten milliseconds

    private Rows() {}

    static void each(Store store, String kind, Consumer<Row> see) {
        each(store, Query.all(kind), see);
    }

    static void each(Store store, Query query, Consumer<Row> see) {
        Optional<Query> next = Optional.of(query);
        while (next.isPresent()) {
            Query here = next.get();
            Page page = store.list(here);
            page.rows().forEach(see);
            next = page.next().map(here::after);
        }
    }

    /** How far every row of a kind has come. */
    static Map<UUID, Counts> revisions(Store store, String kind) {
        Map<UUID, Counts> all = new LinkedHashMap<>();
        Optional<UUID> after = Optional.empty();
        List<Revision> page;
        do {
            page = store.revisions(kind, Optional.empty(), after, REVISIONS);
            page.forEach(revision -> all.put(revision.id(), revision.counts()));
            after = page.isEmpty() ? after : Optional.of(page.getLast().id());
        } while (page.size() == REVISIONS);
        return all;
    }
}
