package yunqi.server.control;

import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import yunqi.core.reconcile.Again;
import yunqi.server.instance.InstanceTable;
import yunqi.server.instance.OrphanTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/** Keeps in mind what hosts hold that nobody assigned to them: it takes up room and addresses, and keeps its ports. */
public final class OrphanWork implements Work {
    private final Store store;
    private final Decided decided;

    public OrphanWork(Store store, Decided decided) {
        this.store = store;
        this.decided = decided;
    }

    @Override
    public String kind() {
        return OrphanTable.KIND;
    }

    /** All were read with everything else that is decided; here are those that were not yet understood by then. */
    @Override
    public void sweep(Turn turn) {
        Rows.each(store, OrphanTable.KIND, row -> turn.wake().accept(new Key(OrphanTable.KIND, row.id())));
    }

    @Override
    public Again perform(UUID id, Turn turn) {
        Optional<OrphanTable.Orphan> now = store.get(id).flatMap(OrphanWork::of);
        Optional<OrphanTable.Orphan> before = decided.picture().orphan(id, now);
        if (!before.equals(now)) {
            Stream.concat(before.stream(), now.stream()).forEach(orphan -> {
                turn.wake().accept(new Key(InstanceTable.KIND, orphan.id()));
                orphan.held()
                        .plan()
                        .nics()
                        .forEach(nic -> turn.wake()
                                .accept(new Key(NetworkTable.KIND, nic.network().value())));
            });
        }
        return new Again.Done();
    }

    static Optional<OrphanTable.Orphan> of(Row row) {
        return Optional.of(row)
                .filter(one ->
                        one.kind().equals(OrphanTable.KIND) && !one.seen().equals(Row.EMPTY))
                .map(OrphanTable::read);
    }
}
