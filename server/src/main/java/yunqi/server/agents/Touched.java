package yunqi.server.agents;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import yunqi.core.host.HostId;
import yunqi.server.host.HostTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.instance.OrphanTable;
import yunqi.server.store.Change;
import yunqi.server.store.Counts;
import yunqi.server.store.LogTrimmed;
import yunqi.server.store.Store;

/**
 * Follows the change log once for all hosts, and knows for each the newest change that may concern it: so that a thousand waiting hosts don't each read
 * the whole log, or their instances, whenever anything happens anywhere. Only those that a change concerns are woken.
 */
final class Touched {
    private static final int BATCH = 1_000; // changes at a time; some hundred kilobytes
    private static final int KEPT = 256; // instances told of one by one; of more, reading all of the host's is as cheap

    private final Store store;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<UUID, Bell> bells = new HashMap<>();
    private long cursor;
    private long everybody; // what changed up to here is not known: everything may have

    /** What concerns one host. Guarded by the lock. */
    private static final class Bell {
        private final Condition rung;
        private final Map<UUID, Change> instances = new LinkedHashMap<>(); // the newest of each
        private long newest; // change that may concern the host
        private long lost; // of instances that changed up to here not all are in the map
        private long row; // the newest change of its own row, and how far that had come with it
        private Counts counts = Counts.UNKNOWN;

        Bell(Condition rung) {
            this.rung = rung;
        }
    }

    /** What may concern a host: the newest changes of these instances, or any. {@code upto} is the version up to which that is all. */
    record News(long upto, boolean everything, Collection<Change> changes) {}

    Touched(Store store) {
        this.store = store;
        this.cursor = store.version();
        this.everybody = cursor;
    }

    /** What changed after this version and may concern the host. What was before it is forgotten: nobody asks for it again. */
    News news(HostId host, long after) {
        follow();
        return locked(() -> {
            Bell bell = bell(host.value());
            bell.instances.values().removeIf(change -> change.version() <= after);
            boolean everything = after < Math.max(everybody, bell.lost);
            return new News(cursor, everything, List.copyOf(bell.instances.values()));
        });
    }

    /** True if the host's own row may have changed since this version of the log, beyond what is known. */
    boolean outdated(HostId host, long read, Counts known) {
        follow();
        return locked(() -> {
            Bell bell = bell(host.value());
            return everybody > read || (bell.row > read && !bell.counts.equals(known));
        });
    }

    /** Waits until somebody's {@link #follow} finds a change newer than this version that may concern the host, at most this long. */
    void await(HostId host, long version, Duration longest) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Bell bell = bell(host.value());
            long left = longest.toNanos();
            while (left > 0 && Math.max(everybody, bell.newest) <= version) {
                left = bell.rung.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** How far the log has been read. */
    long cursor() {
        return locked(() -> cursor);
    }

    /** Reads the log to its end. */
    void follow() {
        lock.lock();
        try {
            List<Change> changes;
            do {
                changes = store.changes(cursor, BATCH);
                for (Change change : changes) {
                    note(change);
                    cursor = Math.max(cursor, change.version());
                }
            } while (changes.size() == BATCH);
        } catch (LogTrimmed e) {
            cursor = store.version();
            everybody = cursor;
            bells.values().forEach(bell -> {
                bell.instances.clear();
                bell.rung.signalAll();
            });
        } finally {
            lock.unlock();
        }
    }

    private void note(Change change) {
        if (change.kind().equals(HostTable.KIND)) {
            Bell bell = bell(change.id());
            bell.row = change.version(); // its epoch may have changed
            bell.counts = change.counts();
            ring(bell, change.version());
        }
        if (change.kind().equals(InstanceTable.KIND)) {
            change.host().ifPresent(host -> {
                Bell bell = bell(host);
                if (bell.instances.size() >= KEPT) {
                    bell.instances.clear();
                    bell.lost = change.version();
                }
                bell.instances.put(change.id(), change);
                ring(bell, change.version());
            });
        }
        if (change.kind().equals(OrphanTable.KIND)) {
            change.host().ifPresent(host -> {
                Bell bell = bell(host);
                bell.lost = change.version(); // rare: all is looked at again
                ring(bell, change.version());
            });
        }
    }

    private static void ring(Bell bell, long version) {
        bell.newest = version;
        bell.rung.signalAll();
    }

    private Bell bell(UUID host) {
        return bells.computeIfAbsent(host, _ -> new Bell(lock.newCondition()));
    }

    private <T> T locked(Supplier<T> look) {
        lock.lock();
        try {
            return look.get();
        } finally {
            lock.unlock();
        }
    }
}
