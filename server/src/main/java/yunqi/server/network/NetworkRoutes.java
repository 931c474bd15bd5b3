package yunqi.server.network;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import yunqi.core.base.Clock;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.network.Network;
import yunqi.core.network.NetworkSpec;
import yunqi.core.wire.Api;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Wire;
import yunqi.server.http.Caller;
import yunqi.server.http.Refused;
import yunqi.server.http.Right;
import yunqi.server.http.Rules;
import yunqi.server.project.Things;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/** Networks: their blocks don't overlap within a project, and don't change; they go when no instance is in them. */
public final class NetworkRoutes implements Rules<NetworkSpec, Api.NetworkStatus> {
    /** Networks of one project: more than routers of tenants have, and few enough to compare all blocks. */
    static final int LIMIT = 200;

    private static final long NOT_FOR_INSTANCES = 3; // the block's first address, the gateway's, the broadcast's

    private final Store store;
    private final Clock clock;
    private final Function<Row, List<String>> users;

    /** {@code users} names some instances in a network: instances come later and are not known here. */
    public NetworkRoutes(Store store, Clock clock, Function<Row, List<String>> users) {
        this.store = store;
        this.clock = clock;
        this.users = users;
    }

    @Override
    public Kind kind() {
        return Kind.NETWORK;
    }

    @Override
    public Right.Of rights() {
        return Right.Of.PROJECT;
    }

    @Override
    public Class<NetworkSpec> spec() {
        return NetworkSpec.class;
    }

    @Override
    public Class<Api.NetworkStatus> status() {
        return Api.NetworkStatus.class;
    }

    /** The network that every project has from the start. */
    public static List<Write> first(Meta project, Clock clock) {
        Meta meta = new Meta(
                UUID.randomUUID(),
                Optional.of(project.name()),
                Network.DEFAULT,
                Labels.NONE,
                1,
                0,
                0,
                0,
                clock.now(),
                Optional.empty());
        Row network =
                new Row(NetworkTable.KIND, meta, Wire.write(NetworkSpec.FIRST), Row.EMPTY, Row.EMPTY, Optional.empty());
        Row owner = new Row(Kind.PROJECT.word(), project, Row.EMPTY, Row.EMPTY, Row.EMPTY, Optional.empty());
        return List.of(new Write.Create(network), Things.charge(owner, meta.id()));
    }

    @Override
    public Admitted<NetworkSpec> admit(Wish<NetworkSpec> wish) {
        if (wish.before().isPresent()) {
            NetworkSpec before = Wire.stored(wish.before().get().desired(), NetworkSpec.class);
            if (!before.equals(wish.spec())) {
                throw Refused.unfit(
                        "cidr-is-fixed",
                        "spec.cidr",
                        "a network keeps its block, which is " + before.cidr(),
                        "make another network");
            }
            return new Admitted<>(wish.spec(), List.of());
        }
        Row project = wish.project().orElseThrow();
        List<Row> others = store.list(new Query(
                        NetworkTable.KIND,
                        List.of(project.meta().name()),
                        Labels.NONE,
                        Optional.empty(),
                        Optional.empty(),
                        LIMIT))
                .rows();
        if (others.size() >= LIMIT) {
            throw Refused.conflict("too-many", "a project has at most " + LIMIT + " networks", "delete one first");
        }
        for (Row other : others) {
            NetworkSpec spec = NetworkTable.read(other).spec();
            if (spec.cidr().overlaps(wish.spec().cidr())) {
                throw Refused.unfit(
                        "overlap",
                        "spec.cidr",
                        wish.spec().cidr() + " overlaps " + spec.cidr() + " of network '"
                                + other.meta().name() + "'",
                        "choose a block that no network of the project uses");
            }
        }
        return new Admitted<>(
                wish.spec(),
                List.of(
                        Things.charge(project, wish.id()),
                        new Write.Claim("networks-after/" + project.id(), picture(others), wish.id())));
    }

    /**
     * What was compared with, as one key. Two who compared with the same networks claim the same key, so only one gets in, and the other compares
     * again: overlapping blocks cannot be declared at the same time. The key goes with its network; the picture without it is another anyway.
     */
    private static String picture(List<Row> others) {
        return Digests.of(
                others.stream().map(row -> row.id().toString()).sorted().toList());
    }

    @Override
    public List<Write> deletion(Row row, Caller caller) {
        List<String> in = users.apply(row);
        if (!in.isEmpty()) {
            throw Refused.conflict(
                    "in-use",
                    "network '" + row.meta().name() + "' has " + String.join(", ", in) + " in it",
                    "delete those first, or take them out of the network");
        }
        return List.of(new Write.MarkDeleted(row.id(), row.meta().generation(), clock.now()));
    }

    @Override
    public Function<Row, Api.NetworkStatus> lens(Caller caller, Collection<Row> rows) {
        return this::status;
    }

    private Api.NetworkStatus status(Row row) {
        Network network = NetworkTable.read(row);
        Meta meta = network.meta();
        String trouble =
                network.seen().trouble().map(t -> "; last trouble: " + t).orElse("");
        Api.Plain plain;
        if (!meta.wanted()) {
            plain = new Api.Plain(
                    "deleting",
                    "waits to be taken down" + trouble,
                    meta.deleted().orElseThrow());
        } else if (network.seen().applied().isEmpty()) {
            plain = new Api.Plain("waiting", "waits to be set up" + trouble, meta.created());
        } else {
            plain = new Api.Plain(
                    trouble.isEmpty() ? "ready" : "troubled",
                    "set up" + trouble,
                    network.seen().applied().get());
        }
        Name project = meta.project().orElseThrow();
        long taken = store.claims(NetworkTable.addresses(row.id())).size();
        return new Api.NetworkStatus(
                plain.state(),
                plain.message(),
                plain.since(),
                network.gateway(),
                Network.domain(project),
                taken,
                Math.max(0, network.spec().cidr().size() - NOT_FOR_INSTANCES - taken));
    }
}
