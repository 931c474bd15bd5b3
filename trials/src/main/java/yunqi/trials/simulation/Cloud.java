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
import yunqi.core.wire.Wire;
import yunqi.drivers.fake.FakeNetworks;
import yunqi.drivers.fake.Faults;
import yunqi.server.host.HostTable;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.StoreUnavailable;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** All of a pretended cloud: the store, two servers, some hosts, and the site's networks. */
final class Cloud {
    private final World world;
    private final Planted planted;
    private final Store store;
    private final FakeNetworks networks;
    private final List<SimServer> servers = new ArrayList<>();
    private final List<SimHost> hosts = new ArrayList<>();
    private Weather weather;
    private long version;

    Cloud(World world, Weather weather, Planted planted) {
        this.world = world;
        this.weather = weather;
        this.planted = planted;
        this.store = MemoryStore.forSimulation(world);
        this.networks = new FakeNetworks(this::networkFault);
        servers.add(new SimServer("server-a", this));
        servers.add(new SimServer("server-b", this));
        int count = 2 + world.below(3);
        for (int i = 1; i <= count; i++) {
            String name = "host-" + i;
            UUID id = create(HostTable.KIND, Optional.empty(), new Name(name), HostSpec.FIRST);
            hosts.add(new SimHost(new HostId(id), name, this));
        }
    }

    private Faults.Fault networkFault(String operation) {
        if (world.chance(weather.engineFails())) {
            return new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE);
        }
        return world.chance(weather.engineLies())
                ? new Faults.Fault.Lies(EngineException.Kind.UNAVAILABLE)
                : new Faults.Fault.None();
    }

    World world() {
        return world;
    }

    Planted planted() {
        return planted;
    }

    /** The store itself, without any fault. */
    Store store() {
        return store;
    }

    FakeNetworks networks() {
        return networks;
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

    /** From now on nothing new goes wrong; what is away comes back by itself. */
    void heal() {
        weather = Weather.CALM;
    }

    /** What the store gave, or nothing if it didn't answer. */
    <T> Optional<T> answered(Supplier<T> body) {
        try {
            return Optional.of(body.get());
        } catch (StoreUnavailable _) {
            return Optional.empty();
        }
    }

    /** Adds a row as the API does; the id is given back even if the name was taken. */
    UUID create(String kind, Optional<Name> project, Name name, Record spec) {
        UUID id = new UUID(world.number(), world.number());
        Meta meta = new Meta(id, project, name, Labels.NONE, 1, 0, 0, 0, world.now(), Optional.empty());
        Written written = store.write(List.of(
                new Write.Create(new Row(kind, meta, Wire.write(spec), Row.EMPTY, Row.EMPTY, Optional.empty()))));
        if (written instanceof Written.Refused refused) {
            world.note("refused: " + refused.detail());
        }
        return id;
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

    /** Something larger goes wrong. */
    void episode() {
        switch (world.below(6)) {
            case 0 -> world.one(hosts).cutPower();
            case 1 -> world.one(hosts).killAgent();
            case 2 ->
                world.one(hosts)
                        .cutLink(
                                world.chance(0.6),
                                world.chance(0.6),
                                world.between(Duration.ofSeconds(1), Duration.ofSeconds(90)));
            case 3 -> world.one(servers).kill(world.between(Duration.ofSeconds(1), Duration.ofSeconds(40)));
            case 4 -> world.one(servers).sleep(world.between(Duration.ofSeconds(1), Duration.ofSeconds(60)));
            default -> crash(world.one(hosts));
        }
    }

    private void crash(SimHost host) {
        if (!host.machine().running().isEmpty()) {
            host.machine().crash(world.one(host.machine().running()), world.below(3));
        }
    }
}
