package yunqi.server.control;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import yunqi.core.host.Host;
import yunqi.core.host.Hosts;
import yunqi.core.reconcile.Again;
import yunqi.server.host.HostTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.Amounts;
import yunqi.server.store.Counts;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** Keeps what each host's pool holds equal to what the host can hold, and lets a removed host go once nothing is on it. */
public final class HostWork implements Work {
    private static final int PARTS = 20; // that all hosts are looked at in, one with each sweep

    private final Store store;
    private final Decided decided;
    private final InstanceWork instances;
    private long epoch = -1;
    private int sweeps;

    public HostWork(Store store, Decided decided, InstanceWork instances) {
        this.store = store;
        this.decided = decided;
        this.instances = instances;
    }

    @Override
    public String kind() {
        return HostTable.KIND;
    }

    /** Has those looked at that have come further than the picture knows, and a part of the others, of whose pools it is doubted that they hold what they should. */
    @Override
    public synchronized void sweep(Turn turn) {
        boolean first = epoch != turn.lease().epoch();
        epoch = turn.lease().epoch();
        sweeps++;
        Map<UUID, Counts> all = Rows.revisions(store, HostTable.KIND);
        Set<UUID> unknown = new HashSet<>(decided.picture().unknownHosts(all));
        all.keySet().forEach(id -> {
            boolean itsTurn = first || Math.floorMod(id.hashCode() + sweeps, PARTS) == 0;
            if (itsTurn) {
                decided.picture().doubtPool(id);
            }
            if (itsTurn || unknown.contains(id) || !decided.picture().poolKnown(id)) {
                turn.wake().accept(new Key(HostTable.KIND, id));
            }
        });
    }

    @Override
    public Again perform(UUID id, Turn turn) {
        Optional<Row> row = store.get(id);
        if (row.isEmpty()) {
            decided.picture().forgetHost(id);
            return new Again.Done();
        }
        Host host = HostTable.read(row.get());
        // What a host that says nothing holds may be known nowhere else, unless nothing waits for that.
        boolean told =
                host.seen().era() >= store.era().start() || !decided.picture().unplaced();
        if (!host.meta().wanted()
                && told
                && store.list(Query.all(InstanceTable.KIND).onHost(id)).rows().isEmpty()) {
            return remove(host, turn);
        }
        Optional<Host> before = decided.picture().host(id);
        decided.picture().host(host);
        Amounts holds = Amounts.of(Hosts.capacity(host), Long.MAX_VALUE, Long.MAX_VALUE);
        if (!decided.picture().poolHolds(id, holds)) {
            if (!store.limit(HostTable.pool(id)).equals(Optional.of(holds))) {
                Written written = store.write(List.of(turn.guard(), new Write.Limit(HostTable.pool(id), holds)));
                if (written instanceof Written.Refused refused) {
                    return new Again.Failed(refused.reason() + ": " + refused.detail());
                }
            }
            decided.picture().poolFound(id, holds);
        }
        boolean better =
                !before.map(old -> Hosts.status(old, turn.now()).state()).equals(Optional.of("ready"))
                        || !before.map(Hosts::capacity).equals(Optional.of(Hosts.capacity(host)))
                        || !before.map(old -> old.seen().engines())
                                .equals(Optional.of(host.seen().engines()));
        if (better) {
            instances.wakeWaiting(turn);
        }
        return new Again.Done();
    }

    private Again remove(Host host, Turn turn) {
        UUID id = host.meta().id();
        Written written = store.write(List.of(
                turn.guard(),
                new Write.Unlimit(HostTable.pool(id)),
                new Write.Remove(id, host.meta().decision())));
        if (written instanceof Written.Refused refused) {
            return new Again.Failed(refused.reason() + ": " + refused.detail());
        }
        decided.picture().forgetHost(id);
        decided.picture().doubtPool(id);
        return new Again.Done();
    }
}
