package yunqi.trials.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.core.network.NetworkDriver;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.server.store.Lease;
import yunqi.server.store.Store;
import yunqi.server.store.StoreWrapper;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** The store as one control loop has it, below every fault: sees that only the leader decides. Leases are told in the server's own time, as PostgreSQL's are. */
final class Witness extends StoreWrapper {
    private final Leaders leaders;
    private final String owner;
    private final Clock clock;

    Witness(Store store, Leaders leaders, String owner, Clock clock) {
        super(store);
        this.leaders = leaders;
        this.owner = owner;
        this.clock = clock;
    }

    @Override
    public Written write(List<Write> writes) {
        Written written = super.write(writes);
        boolean decides = writes.stream()
                .anyMatch(write -> write instanceof Write.Decide
                        || write instanceof Write.Remove
                        || write instanceof Write.Limit
                        || write instanceof Write.Charge);
        if (decides && written instanceof Written.Done) {
            leaders.decides(owner);
        }
        return written;
    }

    @Override
    public Optional<Lease> lease(String loop, String holder, Duration length) {
        Instant before = clock.now();
        Optional<Lease> lease = super.lease(loop, holder, length);
        lease.ifPresent(leaders::given);
        return lease.map(held -> new Lease(held.loop(), held.owner(), held.epoch(), before.plus(length)));
    }

    /** The site's networks as one control loop has them. */
    static NetworkDriver networks(NetworkDriver driver, Leaders leaders, String owner) {
        return new NetworkDriver() {
            @Override
            public void apply(NetworkPlan plan, long epoch) throws EngineException {
                leaders.acts(owner, epoch);
                driver.apply(plan, epoch);
            }

            @Override
            public void remove(NetworkId id, long epoch) throws EngineException {
                leaders.acts(owner, epoch);
                driver.remove(id, epoch);
            }

            @Override
            public List<NetworkId> list() throws EngineException {
                return driver.list();
            }
        };
    }
}
