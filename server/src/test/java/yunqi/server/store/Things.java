package yunqi.server.store;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;

/** Rows and amounts for tests of stores. */
final class Things {
    static final Instant CREATED = Instant.parse("2026-01-02T03:04:05.678901Z");
    static final Name PROJECT = new Name("blue");

    private Things() {}

    static Row row(String kind, Optional<Name> project, String name, Labels labels) {
        Meta meta = new Meta(UUID.randomUUID(), project, new Name(name), labels, 1, 0, 0, 0, CREATED, Optional.empty());
        return new Row(kind, meta, "{\"size\": 1}", Row.EMPTY, Row.EMPTY, Optional.empty());
    }

    static Row row(String name) {
        return row("instance", Optional.of(PROJECT), name, Labels.of(Map.of("tier", "web")));
    }

    static Row rowOn(String name, UUID host) {
        Row row = row(name);
        return new Row(row.kind(), row.meta(), row.desired(), row.decided(), row.seen(), Optional.of(host));
    }

    static Amounts cpus(long milliCpus) {
        return new Amounts(milliCpus, 0, 0, 0, 0);
    }

    static Row created(Store store, Row row) {
        return done(store.write(List.of(new Write.Create(row)))).getFirst();
    }

    static List<Row> done(Written written) {
        return switch (written) {
            case Written.Done done -> done.rows();
            case Written.Refused refused -> throw new AssertionError("refused: " + refused);
        };
    }

    static Written.Refused refused(Written written) {
        return switch (written) {
            case Written.Done done -> throw new AssertionError("done, not refused: " + done);
            case Written.Refused refused -> refused;
        };
    }
}
