package yunqi.trials.simulation.planted;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.Clock;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.instance.Instance;
import yunqi.core.network.NicPlan;
import yunqi.server.instance.InstanceTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.project.Quotas;
import yunqi.server.store.Change;
import yunqi.server.store.Era;
import yunqi.server.store.Lease;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.StoreWrapper;
import yunqi.server.store.Write;
import yunqi.server.store.Written;
import yunqi.trials.simulation.world.World;

/** The store as a server sees it whose author forgot something. */
public final class PlantedStore extends StoreWrapper {
    private static final double SOMETIMES =
            0.05; // of the calls that the mistake can spoil: authors notice what always goes wrong

    private final Planted planted;
    private final Store real;
    private final World world;
    private final Clock clock;
    private long epoch;

    public PlantedStore(Store store, Planted planted, Store real, World world, Clock clock) {
        super(store);
        this.planted = planted;
        this.real = real;
        this.world = world;
        this.clock = clock;
    }

    @Override
    public Written write(List<Write> writes) {
        if (planted == Planted.ANSWERED_BEFORE_COMMIT
                && writes.getFirst() instanceof Write.Declare declare
                && world.chance(SOMETIMES)) {
            Optional<Row> row = real.get(declare.id());
            if (row.isPresent()) {
                return new Written.Done(List.of(promised(row.get(), declare)));
            }
        }
        List<Write> forgetful = new ArrayList<>();
        writes.forEach(write -> forgetful.addAll(forgetful(write)));
        if (planted == Planted.FORGOTTEN_TOO_SOON) {
            writes.forEach(write -> forgetful.addAll(removal(write)));
        }
        Written written = super.write(forgetful);
        if (planted == Planted.QUOTA_RETURNED_TWICE && written instanceof Written.Done) {
            writes.forEach(this::returnAgain);
        }
        return written;
    }

    private static Row promised(Row row, Write.Declare declare) {
        Meta meta = row.meta();
        Meta next = new Meta(
                meta.id(),
                meta.project(),
                meta.name(),
                declare.labels(),
                meta.generation() + 1,
                meta.decision(),
                meta.observation(),
                meta.version(),
                meta.created(),
                meta.deleted());
        return new Row(row.kind(), next, declare.desired(), row.decided(), row.seen(), row.host());
    }

    private List<Write> forgetful(Write write) {
        return switch (planted) {
            case NO_RECHECK -> write instanceof Write.Claim ? List.of() : List.of(write);
            case NOT_CHARGED ->
                write instanceof Write.Charge charge && charge.pool().startsWith("host/") ? List.of() : List.of(write);
            case TWO_LEADERS ->
                write instanceof Write.Guard
                        ? List.of()
                        : List.of(write instanceof Write.Decide decide ? fresh(decide) : write);
            case EPOCH_NOT_RAISED ->
                List.of(
                        write instanceof Write.Guard guard
                                ? new Write.Guard(guard.loop(), guard.owner(), epoch)
                                : write);
            case LOST_UPDATE -> List.of(write instanceof Write.Declare declare ? fresh(declare) : write);
            case ADDRESS_FREED_EARLY -> write instanceof Write.MarkDeleted mark ? hasty(mark) : List.of(write);
            default -> List.of(write);
        };
    }

    private Write fresh(Write.Decide decide) {
        Optional<Meta> now = real.get(decide.id()).map(Row::meta);
        return now.<Write>map(meta -> new Write.Decide(
                        decide.id(), meta.generation(), meta.decision(), decide.decided(), decide.host()))
                .orElse(decide);
    }

    private Write fresh(Write.Declare declare) {
        Optional<Meta> now = real.get(declare.id()).map(Row::meta);
        return now.<Write>map(
                        meta -> new Write.Declare(declare.id(), meta.generation(), declare.labels(), declare.desired()))
                .orElse(declare);
    }

    private List<Write> hasty(Write.MarkDeleted mark) {
        Optional<Row> row = instance(mark);
        if (row.isEmpty()) {
            return List.of(mark);
        }
        List<Write> writes = new ArrayList<>(List.of(mark));
        Instance instance = InstanceTable.read(row.get());
        for (NicPlan nic : instance.decided().nics()) {
            writes.add(new Write.Unclaim(
                    NetworkTable.addresses(nic.network().value()), nic.ip().toString(), mark.id()));
        }
        return writes;
    }

    /** Goes last: of what is removed nothing more can be told, and a transaction that tries is refused as a whole. */
    private List<Write> removal(Write write) {
        return write instanceof Write.MarkDeleted mark
                ? instance(mark).stream()
                        .<Write>map(row -> new Write.Remove(row.id(), row.meta().decision()))
                        .toList()
                : List.of();
    }

    private Optional<Row> instance(Write.MarkDeleted mark) {
        return real.get(mark.id()).filter(found -> found.kind().equals(InstanceTable.KIND));
    }

    /** As a counter that is lowered twice does, this lets somebody else's share go as well. */
    private void returnAgain(Write write) {
        if (!(write instanceof Write.Remove)) {
            return;
        }
        List<Row> others = real.list(Query.all(InstanceTable.KIND)).rows();
        if (!others.isEmpty()) {
            Row other = others.getFirst();
            String pool = Quotas.pool(other.meta().project().orElseThrow());
            real.write(List.of(new Write.Discharge(pool, other.id())));
        }
    }

    @Override
    public Optional<Row> find(String kind, Optional<Name> project, Name name) {
        if (planted == Planted.OTHER_PROJECTS_NETWORK && kind.equals(NetworkTable.KIND)) {
            Query any = new Query(kind, List.of(), Labels.NONE, Optional.empty(), Optional.empty(), Query.LIMIT);
            return list(any).rows().stream()
                    .filter(row -> row.meta().name().equals(name))
                    .findFirst();
        }
        return super.find(kind, project, name);
    }

    @Override
    public Era era() {
        return planted == Planted.FAILOVER_UNNOTICED ? new Era(0, super.era().since()) : super.era();
    }

    @Override
    public List<Change> changes(long after, int limit) {
        List<Change> changes = super.changes(after, limit);
        return planted == Planted.CHANGE_LOG_GAP
                ? changes.stream().filter(_ -> !world.chance(SOMETIMES)).toList()
                : changes;
    }

    @Override
    public Optional<Lease> lease(String loop, String owner, Duration length) {
        Optional<Lease> lease = super.lease(loop, owner, length);
        if (planted == Planted.TWO_LEADERS && lease.isEmpty()) {
            return Optional.of(new Lease(loop, owner, 1, clock.now().plus(length)));
        }
        if (planted == Planted.EPOCH_NOT_RAISED && lease.isPresent()) {
            epoch = lease.get().epoch();
            return Optional.of(new Lease(loop, owner, 1, lease.get().expires()));
        }
        return lease;
    }
}
