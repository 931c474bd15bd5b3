package yunqi.trials.simulation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import yunqi.server.store.Change;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.StoreWrapper;
import yunqi.trials.simulation.world.Fault;

/**
 * A store as a slow server sees it. What it reads may be old by the time it acts on it: a row is now and then given as it was read before. (Not where many are read at once: that is how
 * a host's assignments are looked up, and a host takes an answer only while it waits for it, so that none is older than its question.) And wake-ups may be lost in many
 * ways: now and then a change in the log says nothing.
 */
final class OldNews extends StoreWrapper {
    private final Cloud cloud;
    private final Map<UUID, Row> before = new HashMap<>();

    OldNews(Store store, Cloud cloud) {
        super(store);
        this.cloud = cloud;
    }

    @Override
    public Optional<Row> get(UUID id) {
        Row old = before.get(id);
        if (old != null && cloud.strikes(Fault.READ_OLD)) {
            cloud.pending().struck(Fault.READ_OLD, Set.of(id));
            return Optional.of(old);
        }
        Optional<Row> row = super.get(id);
        row.ifPresent(now -> before.put(id, now));
        return row;
    }

    @Override
    public List<Change> changes(long after, int limit) {
        return super.changes(after, limit).stream()
                .map(change -> cloud.strikes(Fault.WAKE_LOST) ? silent(change) : change)
                .toList();
    }

    private Change silent(Change change) {
        cloud.pending().struck(Fault.WAKE_LOST, Set.of(change.id()));
        return new Change(
                change.version(),
                change.what(),
                "nothing",
                change.id(),
                change.project(),
                change.name(),
                change.host(),
                change.counts());
    }
}
