package yunqi.server.control;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import yunqi.server.host.HostTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.instance.OrphanTable;
import yunqi.server.store.Counts;
import yunqi.server.store.Era;
import yunqi.server.store.Store;

/**
 * What the works of one server share: the picture of what is decided, and the rule that a network is not removed while somebody may still be given an address in it. Filled anew
 * whenever another server may have decided meanwhile.
 */
public final class Decided {
    private static final int READ = 1_000; // rows in memory at once; some megabytes

    private final Picture picture = new Picture();
    private final ReentrantReadWriteLock networks = new ReentrantReadWriteLock();
    private long epoch = -1;
    private Optional<Era> era = Optional.empty();

    /** Something held until closed. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }

    Picture picture() {
        return picture;
    }

    /** Brings the picture to what is in the store, reading only what it does not know yet; throws away what another lease's or another era's time left. How far each instance has come. */
    synchronized Map<UUID, Counts> reload(Store store, Turn turn) {
        Era now = store.era();
        if (epoch != turn.lease().epoch() || !Optional.of(now).equals(era)) {
            picture.clear();
            epoch = turn.lease().epoch();
            era = Optional.of(now);
        }
        picture.listing();
        Map<UUID, Counts> hosts = Rows.revisions(store, HostTable.KIND);
        Map<UUID, Counts> instances = Rows.revisions(store, InstanceTable.KIND);
        store.all(picture.unknownHosts(hosts)).values().forEach(row -> picture.host(HostTable.read(row)));
        List<UUID> unknown = picture.unknown(instances);
        for (int from = 0; from < unknown.size(); from += READ) {
            store.all(unknown.subList(from, Math.min(unknown.size(), from + READ)))
                    .values()
                    .forEach(row -> picture.instance(InstanceTable.read(row)));
        }
        orphans(store);
        picture.listed(hosts.keySet(), instances.keySet());
        return instances;
    }

    private void orphans(Store store) {
        Set<UUID> orphans = new HashSet<>();
        Rows.each(store, OrphanTable.KIND, row -> {
            orphans.add(row.id());
            OrphanWork.of(row).ifPresent(orphan -> picture.orphan(row.id(), Optional.of(orphan)));
        });
        picture.onlyOrphans(orphans);
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
