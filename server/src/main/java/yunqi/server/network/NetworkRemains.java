package yunqi.server.network;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.wire.Wire;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/**
 * What is kept of networks that have no row any more. A grave records that one was deleted, so that it may be removed wherever it shows up again. Orphans are in the engine without a row and without
 * a grave (after a restore of an older database, say): nobody knows whose they are, so they are left as they are, and shown.
 */
public final class NetworkRemains {
    public static final String GRAVE = "network-grave";
    private static final String LIST = "orphan-networks";
    private static final Name ALL = new Name("all");

    private NetworkRemains() {}

    /** An orphan, and since when it is known to be one. */
    public record Orphan(UUID id, Instant since) {}

    private record Orphans(List<Orphan> networks) {}

    /** True if the deletion of this network is on record. */
    public static boolean deleted(Store store, UUID network) {
        return store.get(grave(network)).isPresent();
    }

    /** The writes that put its deletion on record; none if it is. */
    public static List<Write> bury(Store store, UUID network, Instant now) {
        if (deleted(store, network)) {
            return List.of();
        }
        return List.of(new Write.Create(row(GRAVE, grave(network), new Name("n-" + network), now)));
    }

    /** The writes that forget a deletion of long ago. */
    public static List<Write> forget(Row grave, Instant now) {
        return List.of(
                new Write.MarkDeleted(grave.id(), grave.meta().generation(), now),
                new Write.Remove(grave.id(), grave.meta().decision()));
    }

    /** Those that are known, sorted by id. */
    public static List<Orphan> orphans(Store store) {
        return list(store)
                .filter(row -> !row.seen().equals(Row.EMPTY))
                .map(row -> Wire.stored(row.seen(), Orphans.class).networks())
                .orElse(List.of());
    }

    /** The writes that make these the orphans; none if they are. */
    public static List<Write> orphans(Store store, List<Orphan> networks, Instant now) {
        if (orphans(store).equals(networks)) {
            return List.of();
        }
        String seen = Wire.write(new Orphans(networks));
        Optional<Row> list = list(store);
        if (list.isPresent()) {
            return List.of(new Write.Observe(list.get().id(), list.get().meta().observation(), seen));
        }
        Row fresh = row(LIST, id(LIST), ALL, now);
        return List.of(new Write.Create(fresh), new Write.Observe(fresh.id(), 0, seen));
    }

    private static Optional<Row> list(Store store) {
        return store.get(id(LIST));
    }

    private static UUID grave(UUID network) {
        return id(GRAVE + "/" + network);
    }

    private static UUID id(String what) {
        return UUID.nameUUIDFromBytes(what.getBytes(StandardCharsets.UTF_8));
    }

    private static Row row(String kind, UUID id, Name name, Instant now) {
        Meta meta = new Meta(id, Optional.empty(), name, Labels.NONE, 1, 0, 0, 0, now, Optional.empty());
        return new Row(kind, meta, Row.EMPTY, Row.EMPTY, Row.EMPTY, Optional.empty());
    }
}
