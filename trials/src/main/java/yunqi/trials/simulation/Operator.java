package yunqi.trials.simulation;

import java.time.Duration;
import java.util.UUID;
import yunqi.server.instance.InstanceTable;
import yunqi.server.instance.OrphanTable;
import yunqi.server.network.NetworkRemains;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/** A person who puts in order what a failover has left behind, once everything is calm: nothing of that is anybody else's to decide. */
final class Operator {
    private static final Duration THINKS =
            Duration.ofSeconds(100); // everything is taken up again by then that can be without a person

    private final Cloud cloud;
    private final Invariants invariants;

    Operator(Cloud cloud, Invariants invariants) {
        this.cloud = cloud;
        this.invariants = invariants;
    }

    /** Calm has lasted so long. */
    void cleanUp(Duration calm) {
        cloud.joinAgain();
        if (calm.compareTo(THINKS) < 0) {
            return;
        }
        Store store = cloud.store();
        for (Row row : store.list(Query.all(InstanceTable.KIND)).rows()) {
            if (row.meta().wanted()
                    && InstanceTable.read(row).decided().untouched().isPresent()) {
                store.write(java.util.List.of(new Write.Declare(
                        row.id(), row.meta().generation(), row.meta().labels(), row.desired())));
            }
        }
        for (Row row : store.list(Query.all(OrphanTable.KIND)).rows()) {
            UUID instance = OrphanTable.read(row).id();
            if (row.meta().wanted() && store.get(instance).isEmpty()) {
                invariants.removed(instance);
                store.write(java.util.List.of(new Write.MarkDeleted(
                        row.id(), row.meta().generation(), cloud.world().now())));
            }
        }
        for (NetworkRemains.Orphan network : NetworkRemains.orphans(store)) {
            invariants.removed(network.id());
            var writes = NetworkRemains.bury(store, network.id(), cloud.world().now());
            if (!writes.isEmpty()) {
                store.write(writes);
            }
        }
    }
}
