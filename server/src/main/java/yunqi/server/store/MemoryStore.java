package yunqi.server.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import yunqi.core.base.Clock;
import yunqi.core.base.Name;
import yunqi.core.base.Story;

/**
 * Everything in memory, in sorted maps, so that the same calls give the same answers in the same order: for the simulation and for tests.
 * Passes the same contract as {@link PostgresStore}.
 */
public final class MemoryStore implements Store {
    private static final int LOG_LIMIT = 100_000; // what a reader may lag behind; about 20 MB
    private final Clock clock;
    private final boolean waiting;
    private final ReentrantLock lock = new ReentrantLock();
    private final ChangeTail log = new ChangeTail(LOG_LIMIT, 0);
    private long stamp;
    private Era era;
    private final Picture all = new Picture(() -> ++stamp);

    /** A store whose {@link #await} waits as a thread does, on the machine's time. */
    public MemoryStore(Clock clock) {
        this(clock, true);
    }

    private MemoryStore(Clock clock, boolean waiting) {
        this.clock = clock;
        this.waiting = waiting;
        this.era = new Era(0, clock.now());
    }

    /** A store whose {@link #await} comes back at once: for a single thread that turns its own clock and must never be held up. */
    public static MemoryStore forSimulation(Clock clock) {
        return new MemoryStore(clock, false);
    }

    @Override
    public Written write(List<Write> writes) {
        return writeAll(List.of(writes)).getFirst();
    }

    @Override
    public List<Written> writeAll(List<List<Write>> transactions) {
        lock.lock();
        try {
            List<Written> written = new ArrayList<>();
            for (List<Write> writes : transactions) {
                written.add(all.apply(writes, clock.now()));
            }
            List<Change> changes = all.takeChanges();
            if (!changes.isEmpty()) {
                log.append(changes, changes.getLast().version());
            }
            return List.copyOf(written);
        } finally {
            lock.unlock();
        }
    }

    /** Everything as it was at one moment. */
    public static final class Checkpoint {
        private final Picture all;

        private Checkpoint(Picture all) {
            this.all = all;
        }
    }

    /** Everything as it is now, for {@link #back}. */
    public Checkpoint checkpoint() {
        lock.lock();
        try {
            Picture copy = new Picture(() -> 0);
            copy.become(all);
            return new Checkpoint(copy);
        } finally {
            lock.unlock();
        }
    }

    /** Forgets everything since the checkpoint, as a standby does that takes over before it has got the last transactions: a new era begins. */
    public void back(Checkpoint checkpoint) {
        lock.lock();
        try {
            all.become(checkpoint.all);
            all.leases.clear();
            long start = Math.max(Math.max(stamp, era.start()) + 1, clock.now().getEpochSecond() << Era.SHIFT);
            era = new Era(start, clock.now());
            stamp = start;
            log.restart(start);
        } finally {
            lock.unlock();
        }
    }

    /** Forgets all but the newest changes. */
    public void trim(int keep) {
        log.keep(keep);
    }

    @Override
    public Optional<Row> get(UUID id) {
        lock.lock();
        try {
            return Optional.ofNullable(all.rows.get(id));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Map<UUID, Row> all(Collection<UUID> ids) {
        Map<UUID, Row> rows = new HashMap<>();
        lock.lock();
        try {
            for (UUID id : ids) {
                Row row = all.rows.get(id);
                if (row != null) {
                    rows.put(id, row);
                }
            }
            return rows;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Revision> revisions(String kind, Optional<UUID> host, Optional<UUID> after, int limit) {
        lock.lock();
        try {
            return after.map(id -> all.rows.tailMap(id, false)).orElse(all.rows).values().stream()
                    .filter(row -> row.kind().equals(kind) && (host.isEmpty() || host.equals(row.host())))
                    .limit(limit)
                    .map(row -> new Revision(row.id(), Counts.of(row.meta())))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Story story(UUID id) {
        lock.lock();
        try {
            return all.story(id);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<Row> find(String kind, Optional<Name> project, Name name) {
        lock.lock();
        try {
            return Optional.ofNullable(all.names.get(NameKey.of(kind, project, name)))
                    .map(all.rows::get);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Page list(Query query) {
        NameKey from = query.after()
                .map(cursor -> Cursor.read(query.kind(), cursor))
                .orElse(new NameKey(query.kind(), "", ""));
        TreeSet<String> projects = new TreeSet<>();
        query.projects().forEach(project -> projects.add(project.value()));
        List<Row> rows = new ArrayList<>();
        lock.lock();
        try {
            for (Map.Entry<NameKey, UUID> entry : all.names.tailMap(from, false).entrySet()) {
                if (!entry.getKey().kind().equals(query.kind())) {
                    break;
                }
                Row row = all.rows.get(entry.getValue());
                if (row == null || !wanted(query, projects, entry.getKey().project(), row)) {
                    continue;
                }
                if (rows.size() == query.limit()) {
                    return new Page(List.copyOf(rows), Optional.of(Cursor.write(rows.getLast())), version());
                }
                rows.add(row);
            }
            return new Page(List.copyOf(rows), Optional.empty(), version());
        } finally {
            lock.unlock();
        }
    }

    private static boolean wanted(Query query, Set<String> projects, String project, Row row) {
        return (projects.isEmpty() || projects.contains(project))
                && row.meta().labels().match(query.labels())
                && (query.host().isEmpty() || query.host().equals(row.host()));
    }

    @Override
    public long count(String kind, Optional<Name> project) {
        lock.lock();
        try {
            return all.names.tailMap(new NameKey(kind, project.map(Name::value).orElse(""), "")).keySet().stream()
                    .takeWhile(key -> key.kind().equals(kind)
                            && (project.isEmpty()
                                    || key.project().equals(project.get().value())))
                    .count();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<String> claims(String scope) {
        lock.lock();
        try {
            return all.claims.tailMap(new ClaimKey(scope, "")).keySet().stream()
                    .takeWhile(key -> key.scope().equals(scope))
                    .map(ClaimKey::key)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Amounts charged(String pool) {
        lock.lock();
        try {
            return Optional.ofNullable(all.pools.get(pool))
                    .map(Picture.Pool::taken)
                    .orElse(Amounts.NONE);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<Amounts> limit(String pool) {
        lock.lock();
        try {
            return Optional.ofNullable(all.pools.get(pool)).map(Picture.Pool::limit);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Change> changes(long after, int limit) {
        return log.after(after, limit).orElseThrow(() -> new LogTrimmed(after, log.start()));
    }

    @Override
    public long version() {
        return log.version();
    }

    @Override
    public Era era() {
        lock.lock();
        try {
            return era;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long oldest() {
        return log.start();
    }

    @Override
    public void await(long after, Duration longest) throws InterruptedException {
        if (waiting) {
            log.await(after, longest);
        }
    }

    @Override
    public Optional<Lease> lease(String loop, String owner, Duration length) {
        lock.lock();
        try {
            Lease held = all.leases.get(loop);
            boolean same = held != null && held.owner().equals(owner);
            if (held != null && !same && clock.now().isBefore(held.expires())) {
                return Optional.empty();
            }
            long epoch = held == null ? era.start() + 1 : same ? held.epoch() : held.epoch() + 1;
            Lease lease = new Lease(loop, owner, epoch, clock.now().plus(length));
            all.leases.put(loop, lease);
            return Optional.of(lease);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void release(String loop, String owner) {
        lock.lock();
        try {
            Lease held = all.leases.get(loop);
            if (held != null && held.owner().equals(owner)) {
                all.leases.put(loop, new Lease(loop, "", held.epoch(), clock.now()));
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        // Memory needs no closing; a store in tests is read after its server has stopped.
    }
}
