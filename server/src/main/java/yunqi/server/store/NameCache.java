package yunqi.server.store;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import yunqi.core.base.Clock;
import yunqi.core.base.Name;
import yunqi.core.wire.Kind;

/**
 * A store that remembers by name the rows that every create looks up and that hardly ever change: projects, flavors, images, networks. What is remembered is as old as the
 * change log at most, which is read before every look, and never older than a few seconds: a server sees its own writes at once, and those of others when it hears of them, as with everything else that it
 * decides by. Whoever decides on an old row is refused by the store, which has the last word; a refusal makes this forget, so that the next look is a fresh one.
 */
public final class NameCache extends StoreWrapper {
    private static final Set<String> KINDS =
            Set.of(Kind.PROJECT.word(), Kind.FLAVOR.word(), Kind.IMAGE.word(), Kind.NETWORK.word());
    private static final int LIMIT = 10_000; // rows; some ten megabytes
    private static final int BATCH = 1_000; // changes at a time

    /** What is remembered is looked up again after this, whatever the log said: should it ever be wrong, it is not for long. */
    private static final Duration LIFE = Duration.ofSeconds(5);

    private record Known(Row row, Instant read) {}

    private final Store store;
    private final Clock clock;
    private final Map<NameKey, Known> rows = new HashMap<>();
    private final Map<UUID, NameKey> names = new HashMap<>();
    private long cursor;
    private long forgotten; // counts: what is read while it grows is not remembered

    public NameCache(Store store, Clock clock) {
        super(store);
        this.store = store;
        this.clock = clock;
        this.cursor = store.version();
    }

    @Override
    public Optional<Row> find(String kind, Optional<Name> project, Name name) {
        if (!KINDS.contains(kind)) {
            return store.find(kind, project, name);
        }
        NameKey key = NameKey.of(kind, project, name);
        Instant now = clock.now();
        long before;
        synchronized (this) {
            catchUp();
            Known known = rows.get(key);
            if (known != null && !now.isBefore(known.read) && now.isBefore(known.read.plus(LIFE))) {
                return Optional.of(known.row);
            }
            before = forgotten;
        }
        Optional<Row> found = store.find(kind, project, name);
        found.ifPresent(row -> remember(key, new Known(row, now), before));
        return found;
    }

    private synchronized void remember(NameKey key, Known known, long before) {
        if (forgotten == before) {
            if (rows.size() >= LIMIT) {
                forgetAll();
            }
            rows.put(key, known);
            names.put(known.row.id(), key);
        }
    }

    private void catchUp() {
        long version = store.version();
        while (cursor < version) {
            try {
                List<Change> changes = store.changes(cursor, BATCH);
                changes.stream().filter(change -> KINDS.contains(change.kind())).forEach(change -> forget(change.id()));
                cursor = changes.size() == BATCH ? changes.getLast().version() : version;
            } catch (LogTrimmed e) {
                forgetAll();
                cursor = version;
            }
        }
        if (cursor > version) { // the log begins anew: this was another one
            forgetAll();
            cursor = version;
        }
    }

    private void forget(UUID id) {
        NameKey key = names.remove(id);
        if (key != null) {
            rows.remove(key);
        }
        forgotten++;
    }

    private synchronized void forgetAll() {
        rows.clear();
        names.clear();
        forgotten++;
    }

    private synchronized void forget(Written written) {
        switch (written) {
            case Written.Done(List<Row> touched) ->
                touched.stream().filter(row -> KINDS.contains(row.kind())).forEach(row -> forget(row.id()));
            case Written.Refused _ -> forgetAll();
        }
    }

    @Override
    public Written write(List<Write> writes) {
        try {
            Written written = store.write(writes);
            forget(written);
            return written;
        } catch (StoreUnavailable e) {
            forgetAll(); // it may have happened
            throw e;
        }
    }

    @Override
    public List<Written> writeAll(List<List<Write>> transactions) {
        try {
            List<Written> written = store.writeAll(transactions);
            written.forEach(this::forget);
            return written;
        } catch (StoreUnavailable e) {
            forgetAll();
            throw e;
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
