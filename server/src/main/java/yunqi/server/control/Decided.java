package yunqi.server.control;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import yunqi.server.host.HostTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.Store;

/**
 * What the works of one server share: the picture of what is decided, and the rule that a network is not removed while an address in it is being given out. Filled anew
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
        Rows.each(store, HostTable.KIND, row -> picture.host(HostTable.read(row)));
        Rows.each(store, InstanceTable.KIND, row -> picture.instance(InstanceTable.read(row)));
    }

    /** While held, no network is removed. */
    Held networksStay() {
        networks.readLock().lock();
        return networks.readLock()::unlock;
    }

    /** While held, no address is given out. */
    Held networkGoes() {
        networks.writeLock().lock();
        return networks.writeLock()::unlock;
    }
}
