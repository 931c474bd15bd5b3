package yunqi.trials.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import yunqi.core.base.EngineException;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.host.HostSpec;
import yunqi.core.image.ImageLimits;
import yunqi.core.wire.Wire;
import yunqi.drivers.fake.FakeIntake;
import yunqi.drivers.fake.FakeNetworks;
import yunqi.drivers.fake.Faults;
import yunqi.server.ApiTable;
import yunqi.server.host.HostTable;
import yunqi.server.site.FirstStart;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.StoreUnavailable;
import yunqi.server.store.Write;
import yunqi.server.streams.Streams;
import yunqi.trials.simulation.planted.Planted;
import yunqi.trials.simulation.planted.Plants;
import yunqi.trials.simulation.world.Fault;
import yunqi.trials.simulation.world.Pending;
import yunqi.trials.simulation.world.Weather;
import yunqi.trials.simulation.world.World;

/** All of a pretended cloud: the store, a few servers and hosts, and the site's networks. Nothing goes wrong in it before {@link #begin}. */
final class Cloud implements AutoCloseable {
    private final World world;
    private final Plants plants;
    private final Pending pending = new Pending();
    private final Leaders leaders;
    private final MemoryStore store;
    private final FakeNetworks networks;
    private final Streams streams = new Streams();
    private final List<SimServer> servers = new ArrayList<>();
    private final List<SimHost> hosts = new ArrayList<>();
    private Weather weather = Weather.CALM;
    private Optional<MemoryStore.Checkpoint> standby = Optional.empty();
    private Runnable wentBack = () -> {};
    private boolean storeAway;
    private long version;

    Cloud(World world, Planted planted) {
        this.world = world;
        this.plants = new Plants(planted, world);
        this.leaders = new Leaders(world);
        this.store = MemoryStore.forSimulation(world);
        this.networks = new FakeNetworks(this::siteFault);
        Store named = new OwnIds(store, world);
        FirstStart.of(named, ApiTable.projects(named, world), world);
        List<String> names = List.of("server-a", "server-b", "server-c");
        names.subList(0, 1 + world.below(names.size())).forEach(name -> servers.add(new SimServer(name, this)));
        int count = 2 + world.below(3);
        for (int i = 1; i <= count; i++) {
            hosts.add(host("host-" + i));
        }
    }

    private SimHost host(String name) {
        HostId id = new HostId(new UUID(world.number(), world.number()));
        join(id, name);
        return new SimHost(id, name, this);
    }

    /** Adds the host's row, as joining does. */
    private void join(HostId id, String name) {
        // Joining is done by a person, who looks whether it has worked: it waits for the standby.
        standby = Optional.empty();
        Meta meta = new Meta(
                id.value(), Optional.empty(), new Name(name), Labels.NONE, 1, 0, 0, 0, world.now(), Optional.empty());
        store.write(List.of(new Write.Create(
                new Row(HostTable.KIND, meta, Wire.write(HostSpec.FIRST), Row.EMPTY, Row.EMPTY, Optional.empty()))));
    }

    /** Who must know that the store has forgotten something. */
    void onFailover(Runnable told) {
        wentBack = told;
    }

    /** What is committed from now on does not reach the standby, which takes over after this time. One at a time. */
    void failOver(Duration lag) {
        if (standby.isPresent()) {
            return;
        }
        standby = Optional.of(store.checkpoint());
        world.after(lag, "a standby takes over", () -> {
            standby.ifPresent(then -> {
                store.back(then);
                pending.struck(Fault.FAILOVER);
                wentBack.run();
            });
            standby = Optional.empty();
        });
    }

    /** Hosts that an operator removed join again. */
    void joinAgain() {
        for (SimHost host : hosts) {
            if (store.get(host.id().value()).isEmpty()) {
                join(host.id(), host.name());
            }
        }
    }

    private Faults.Fault siteFault(String operation) {
        if (strikes(Fault.ENGINE_FAILS)) {
            pending.struck(Fault.ENGINE_FAILS);
            return new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE);
        }
        if (strikes(Fault.ENGINE_LIES)) {
            pending.struck(Fault.ENGINE_LIES);
            return new Faults.Fault.Lies(EngineException.Kind.UNAVAILABLE);
        }
        return new Faults.Fault.None();
    }

    World world() {
        return world;
    }

    Plants plants() {
        return plants;
    }

    Pending pending() {
        return pending;
    }

    Leaders leaders() {
        return leaders;
    }

    /** The store itself, without any fault. */
    Store store() {
        return store;
    }

    FakeNetworks networks() {
        return networks;
    }

    /** What images go through on their way in. */
    ApiTable.Images images() {
        FakeIntake intake = new FakeIntake(this::siteFault);
        return new ApiTable.Images(intake, intake, ImageLimits.USUAL);
    }

    Streams streams() {
        return streams;
    }

    List<SimServer> servers() {
        return servers;
    }

    List<SimHost> hosts() {
        return hosts;
    }

    Weather weather() {
        return weather;
    }

    /** True if the fault strikes here and now. */
    boolean strikes(Fault fault) {
        return world.chance(weather.of(fault));
    }

    boolean storeAway() {
        return storeAway;
    }

    void setStoreAway(boolean away) {
        storeAway = away;
    }

    /** From now on things go wrong. */
    void begin(Weather bad) {
        weather = bad;
    }

    /** From now on nothing new goes wrong, and clocks are set right; what is away comes back by itself. */
    void heal() {
        weather = Weather.CALM;
        storeAway = false;
        hosts.forEach(host -> host.setClock(Duration.ZERO));
        servers.forEach(server -> server.setClock(Duration.ZERO));
    }

    /** What the store gave, or nothing if it didn't answer. */
    <T> Optional<T> answered(Supplier<T> body) {
        try {
            return Optional.of(body.get());
        } catch (StoreUnavailable _) {
            return Optional.empty();
        }
    }

    /** Servers are told when the store changed, a moment later. */
    void tellServers() {
        if (store.version() != version) {
            version = store.version();
            for (SimServer server : servers) {
                server.wake(world.between(Duration.ofMillis(1), Duration.ofMillis(10)));
            }
        }
    }

    @Override
    public void close() {
        streams.close();
    }
}
