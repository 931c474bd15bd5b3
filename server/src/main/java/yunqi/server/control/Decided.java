package yunqi.server.control;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import yunqi.server.host.HostTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.Store;

/**
 * What the works of one server share: the picture of what is decided, and the rule that a network is not removed while somebody may still be given an address in it. Filled anew
 * whenever another server may have decided meanwhile.
 */
public final class Decided {
    private final Picture picture = new Picture();
    private final ReentrantReadWriteLock networks = new ReentrantReadWriteLock();
    private long epoch = -1;

    /** Something held until closed. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }

    Picture picture() {
        return picture;
    }

    /** Reads the picture anew from the store; throws away what another lease's time left. */
    synchronized void reload(Store store, Turn turn) {
        if (epoch != turn.lease().epoch()) {
            picture.clear();
            epoch = turn.lease().epoch();
        }
        Set<UUID> hosts = new HashSet<>();
        Set<UUID> instances = new HashSet<>();
        picture.listing();
        Rows.each(store, HostTable.KIND, row -> {
            hosts.add(row.id());
            picture.host(HostTable.read(row));
        });
        Rows.each(store, InstanceTable.KIND, row -> {
            instances.add(row.id());
            picture.instance(InstanceTable.read(row));
        });
        picture.listed(hosts, instances);
    }

    /** While held, no network is removed. */
    Held networksStay() {
        networks.readLock().lock();
        return networks.readLock()::unlock;
    }

    /** Waits until every placement that may have begun before now is done: from here on all of them see which networks are being removed. */
    void awaitPlacements() {
        allPlacementsDone().close();
    }

    private Held allPlacementsDone() {
        networks.writeLock().lock();
        return networks.writeLock()::unlock;
    }
}
