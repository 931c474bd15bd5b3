package yunqi.server.control;

import java.util.Optional;
import java.util.function.Consumer;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/** Walks over every row of a kind, page by page. */
final class Rows {
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
}
