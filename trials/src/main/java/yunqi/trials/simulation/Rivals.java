package yunqi.trials.simulation;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.StoreWrapper;
import yunqi.server.store.Write;
import yunqi.server.store.Written;
import yunqi.trials.simulation.world.Fault;

/** The store as the API has it: now and then somebody else really is faster, between its look and its write. */
final class Rivals extends StoreWrapper {
    private final Cloud cloud;

    Rivals(Store store, Cloud cloud) {
        super(store);
        this.cloud = cloud;
    }

    @Override
    public Written write(List<Write> writes) {
        if (writes.getFirst() instanceof Write.Declare declare && cloud.strikes(Fault.STORE_CONFLICT)) {
            cloud.pending().struck(Fault.STORE_CONFLICT, Set.of(declare.id()));
            Optional<Row> row = cloud.store().get(declare.id());
            row.ifPresent(now -> cloud.store()
                    .write(List.of(new Write.Declare(
                            now.id(), now.meta().generation(), now.meta().labels(), now.desired()))));
        }
        return super.write(writes);
    }
}
