package yunqi.server.agents;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import yunqi.core.host.HostId;
import yunqi.server.host.HostTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.Change;
import yunqi.server.store.Store;

/**
 * Follows the change log once for all hosts, and knows for each the newest change that may concern it: so that a thousand waiting hosts don't each read
 * the whole log, or their instances, whenever anything happens anywhere.
 */
final class Touched {
    private static final int BATCH = 1_000; // changes at a time; some hundred kilobytes

    private final Store store;
    private final Map<UUID, Long> hosts = new HashMap<>();
    private long cursor;
    private long everybody;

    Touched(Store store) {
        this.store = store;
        this.cursor = store.version();
        this.everybody = cursor;
    }

    /** The version of the newest change that may concern the host. */
    synchronized long last(HostId host) {
        follow();
        return known(host);
    }

    /** Waits until somebody's {@link #follow} finds a change newer than this version that may concern the host, at most this long. */
    synchronized void await(HostId host, long version, Duration longest) throws InterruptedException {
        long end = System.nanoTime() + longest.toNanos();
        while (known(host) <= version) {
            long millis = (end - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                return;
            }
            wait(millis);
        }
    }

    /** How far the log has been read. */
    synchronized long cursor() {
        return cursor;
    }

    private long known(HostId host) {
        return Math.max(everybody, hosts.getOrDefault(host.value(), 0L));
    }

    /** Reads the log to its end. */
    synchronized void follow() {
        long before = cursor;
        if (cursor < store.oldest()) {
            cursor = store.version();
            everybody = cursor;
        }
        List<Change> changes;
        do {
            changes = store.changes(cursor, BATCH);
            for (Change change : changes) {
                note(change);
                cursor = Math.max(cursor, change.version());
            }
        } while (changes.size() == BATCH);
        if (cursor != before) {
            notifyAll();
        }
    }

    private void note(Change change) {
        if (change.kind().equals(HostTable.KIND)) {
            hosts.put(change.id(), change.version()); // its epoch may have changed
        }
        if (change.kind().equals(InstanceTable.KIND)) {
            change.host().ifPresent(host -> hosts.put(host, change.version()));
        }
    }
}
