package yunqi.trials.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.Meta;
import yunqi.server.store.Lease;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** The store as a server sees it whose author forgot something. */
final class PlantedStore extends StoreWrapper {
    private final Planted planted;
    private final Store real;

    private PlantedStore(Store store, Planted planted, Store real) {
        super(store);
        this.planted = planted;
        this.real = real;
    }

    static Store over(Store store, Planted planted, Store real) {
        return planted == Planted.TWO_LEADERS || planted == Planted.NO_RECHECK
                ? new PlantedStore(store, planted, real)
                : store;
    }

    @Override
    public Written write(List<Write> writes) {
        return super.write(forgetful(writes));
    }

    @Override
    public Optional<Lease> lease(String loop, String owner, Duration length) {
        Optional<Lease> lease = super.lease(loop, owner, length);
        return planted == Planted.TWO_LEADERS && lease.isEmpty()
                ? Optional.of(new Lease(loop, owner, 1, java.time.Instant.MAX))
                : lease;
    }

    private List<Write> forgetful(List<Write> writes) {
        List<Write> left = new ArrayList<>();
        for (Write write : writes) {
            if (planted == Planted.NO_RECHECK && write instanceof Write.Claim) {
                continue;
            }
            if (planted == Planted.TWO_LEADERS && write instanceof Write.Guard) {
                continue;
            }
            left.add(planted == Planted.TWO_LEADERS && write instanceof Write.Decide decide ? fresh(decide) : write);
        }
        return left;
    }

    private Write fresh(Write.Decide decide) {
        Optional<Meta> now = real.get(decide.id()).map(Row::meta);
        return now.<Write>map(meta -> new Write.Decide(
                        decide.id(), meta.generation(), meta.decision(), decide.decided(), decide.host()))
                .orElse(decide);
    }
}
