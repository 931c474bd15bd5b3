package yunqi.server.instance;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.instance.Assignment;
import yunqi.core.wire.Wire;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/**
 * Instances that a host holds and that are not assigned to it, of which the host remembers what it was told: since the database has forgotten them. A row for each, as seen, written by the link. What such
 * an instance takes up, its addresses above all, is nobody else's. The row is marked as deleted when an operator wants the instance removed.
 */
public final class OrphanTable {
    public static final String KIND = "orphan";

    private OrphanTable() {}

    /** One of them: where it is, what its host was told of it, and whether somebody wants it removed. */
    public record Orphan(HostId host, Assignment held, boolean removed) {
        public UUID id() {
            return held.id().value();
        }
    }

    public static Orphan read(Row row) {
        return new Orphan(
                new HostId(row.host().orElseThrow()),
                Wire.stored(row.seen(), Assignment.class),
                !row.meta().wanted());
    }

    /** All on one host, by the instance. */
    public static Map<UUID, Row> on(Store store, HostId host) {
        return all(store, Query.all(KIND).onHost(host.value()));
    }

    /** All rows; of an instance that is left on several hosts one is given. */
    public static Map<UUID, Row> all(Store store) {
        return all(store, Query.all(KIND));
    }

    private static Map<UUID, Row> all(Store store, Query all) {
        Map<UUID, Row> rows = new TreeMap<>();
        Query query = all;
        while (true) {
            Page page = store.list(query);
            for (Row row : page.rows()) {
                if (!row.seen().equals(Row.EMPTY)) {
                    rows.put(read(row).id(), row);
                }
            }
            if (page.next().isEmpty()) {
                return rows;
            }
            query = query.after(page.next().get());
        }
    }

    /** The transactions that make these the ones on the host; none if they are. */
    public static List<List<Write>> become(Store store, HostId host, List<Assignment> held, Instant now) {
        List<List<Write>> transactions = new ArrayList<>();
        Map<UUID, Row> gone = on(store, host);
        for (Assignment one : held) {
            Optional<Row> before = Optional.ofNullable(gone.remove(one.id().value()));
            String seen = Wire.write(one);
            if (before.isEmpty()) {
                Row fresh = row(host, one, now);
                transactions.add(List.of(new Write.Create(fresh), new Write.Observe(fresh.id(), 0, seen)));
            } else if (!before.get().seen().equals(seen)) {
                transactions.add(List.of(
                        new Write.Observe(before.get().id(), before.get().meta().observation(), seen)));
            }
        }
        gone.values().forEach(row -> {
            List<Write> writes = new ArrayList<>();
            if (row.meta().wanted()) {
                writes.add(new Write.MarkDeleted(row.id(), row.meta().generation(), now));
            }
            writes.add(new Write.Remove(row.id(), row.meta().decision()));
            transactions.add(writes);
        });
        return transactions;
    }

    private static Row row(HostId host, Assignment held, Instant now) {
        String what = KIND + " " + host + " " + held.id();
        UUID id = UUID.nameUUIDFromBytes(what.getBytes(StandardCharsets.UTF_8));
        Meta meta = new Meta(id, Optional.empty(), new Name("o-" + id), Labels.NONE, 1, 0, 0, 0, now, Optional.empty());
        return new Row(KIND, meta, Row.EMPTY, Row.EMPTY, Row.EMPTY, Optional.of(host.value()));
    }
}
