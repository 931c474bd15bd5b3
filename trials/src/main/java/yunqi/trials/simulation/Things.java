package yunqi.trials.simulation;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import yunqi.core.base.Name;
import yunqi.core.wire.Kind;
import yunqi.server.store.Query;
import yunqi.server.store.Row;

/** What there is that somebody could do something with. */
final class Things {
    private final Cloud cloud;

    Things(Cloud cloud) {
        this.cloud = cloud;
    }

    /** All that are wanted. */
    Stream<Row> all(Kind kind) {
        return cloud.store().list(Query.all(kind.word())).rows().stream()
                .filter(row -> row.meta().wanted());
    }

    Optional<Row> one(Kind kind) {
        List<Row> rows = all(kind).toList();
        return rows.isEmpty() ? Optional.empty() : Optional.of(cloud.world().one(rows));
    }

    /** Where the API has it. */
    static String path(Row row) {
        String project = row.meta().project().map(Name::value).orElse("");
        return Kind.of(row.kind()).orElseThrow().path(project) + "/"
                + row.meta().name();
    }
}
