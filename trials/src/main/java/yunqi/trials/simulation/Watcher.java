package yunqi.trials.simulation;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.wire.Kind;
import yunqi.server.store.Change;
import yunqi.server.store.LogTrimmed;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.trials.simulation.world.Broken;

/** Somebody who lists all of a kind once and then follows the changes, as watchers of the API do. What it believes must always be what there is, once it has read all. */
final class Watcher {
    /** Of these one is watched. */
    static final List<String> KINDS = List.of(Kind.INSTANCE.word(), Kind.NETWORK.word(), Kind.HOST.word());

    private static final int BATCH = 100;

    private final String kind;
    private final Map<UUID, Long> seen = new TreeMap<>();
    private long at = -1;

    Watcher(String kind) {
        this.kind = kind;
    }

    /** Reads on, through the store as some server has it. */
    void follow(Store store) {
        if (at < 0) {
            list(store);
        }
        try {
            List<Change> changes = store.changes(at, BATCH);
            while (!changes.isEmpty()) {
                for (Change change : changes) {
                    if (change.kind().equals(kind)) {
                        see(store, change);
                    }
                    at = change.version();
                }
                changes = store.changes(at, BATCH);
            }
        } catch (LogTrimmed _) {
            at = -1; // lists again next time
        }
    }

    private void list(Store store) {
        var page = store.list(Query.all(kind));
        seen.clear();
        page.rows().forEach(row -> seen.put(row.id(), row.meta().version()));
        at = page.version();
    }

    private void see(Store store, Change change) {
        Optional<Row> row = change.what() == Change.What.REMOVED ? Optional.empty() : store.get(change.id());
        row.ifPresentOrElse(now -> seen.put(change.id(), now.meta().version()), () -> {
            if (change.what() == Change.What.REMOVED) {
                seen.remove(change.id());
            }
        });
    }

    /** Throws if it has read everything and believes something else than what there is. */
    void check(Store store) {
        if (at != store.version()) {
            return;
        }
        Map<UUID, Long> there = new TreeMap<>();
        store.list(Query.all(kind))
                .rows()
                .forEach(row -> there.put(row.id(), row.meta().version()));
        if (!there.equals(seen)) {
            throw new Broken("a watcher of " + kind + "s believes " + seen + " at " + at + " where there is " + there);
        }
    }
}
