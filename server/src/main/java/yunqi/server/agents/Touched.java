package yunqi.server.agents;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import yunqi.core.host.HostId;
import yunqi.server.host.HostTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.Change;
import yunqi.server.store.LogTrimmed;
import yunqi.server.store.Store;

/**
 * Follows the change log once for all hosts, and knows for each the newest change that may concern it: so that a thousand waiting hosts don't each read
 * the whole log, or their instances, whenever anything happens anywhere. Only those that a change concerns are woken.
 */
final class Touched {
    private static final int BATCH = 1_000; // changes at a time; some hundred kilobytes

    private final Store store;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<UUID, Bell> bells = new HashMap<>();
    private long cursor;
    private long everybody;

    /** What concerns one host. Guarded by the lock. */
    private static final class Bell {
        private final Condition rung;
        private long any; // the newest change that may concern the host
        private long row; // the newest of its own row

        Bell(Condition rung) {
            this.rung = rung;
        }
    }

    Touched(Store store) {
        this.store = store;
        this.cursor = store.version();
        this.everybody = cursor;
    }

    /** The version of the newest change that may concern the host. */
    long last(HostId host) {
        follow();
        return locked(() -> Math.max(everybody, bell(host.value()).any));
    }

    /** The version of the newest change of the host's own row. */
    long row(HostId host) {
        follow();
        return locked(() -> Math.max(everybody, bell(host.value()).row));
    }

    /** Waits until somebody's {@link #follow} finds a change newer than this version that may concern the host, at most this long. */
    void await(HostId host, long version, Duration longest) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            Bell bell = bell(host.value());
            long left = longest.toNanos();
            while (left > 0 && Math.max(everybody, bell.any) <= version) {
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
            bells.values().forEach(bell -> bell.rung.signalAll());
        } finally {
            lock.unlock();
        }
    }

    private void note(Change change) {
        if (change.kind().equals(HostTable.KIND)) {
            Bell bell = bell(change.id());
            bell.row = change.version(); // its epoch may have changed
            ring(bell, change.version());
        }
        if (change.kind().equals(InstanceTable.KIND)) {
            change.host().ifPresent(host -> ring(bell(host), change.version()));
        }
    }

    private static void ring(Bell bell, long version) {
        bell.any = version;
        bell.rung.signalAll();
    }

    private Bell bell(UUID host) {
        return bells.computeIfAbsent(host, _ -> new Bell(lock.newCondition()));
    }

    private long locked(LongSupplier look) {
        lock.lock();
        try {
            return look.getAsLong();
        } finally {
            lock.unlock();
        }
    }
}
