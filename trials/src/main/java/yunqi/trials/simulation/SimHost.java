package yunqi.trials.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.agent.control.Engines;
import yunqi.agent.control.HostLoop;
import yunqi.agent.control.Signals;
import yunqi.agent.state.HeldMemories;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostId;
import yunqi.core.image.ImageType;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.wire.Link;
import yunqi.drivers.fake.FakeHost;
import yunqi.drivers.fake.Faults;

/** One host: a pretended machine and its agent. The power can be cut, the agent killed, and the link be down in either direction. */
final class SimHost {
    private static final Duration POLL = Duration.ofMillis(700);
    private static final Duration REPORT = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final EngineException.Kind[] KINDS = EngineException.Kind.values();

    private final HostId id;
    private final String name;
    private final Cloud cloud;
    private final FakeHost machine;
    private final HeldMemories memories = new HeldMemories();
    private Optional<HostLoop> agent = Optional.empty();
    private boolean toServer = true;
    private boolean fromServer = true;
    private int life;
    private long call;
    private Instant tickAt = Instant.MAX;
    private boolean reporting;
    private boolean unreported;

    SimHost(HostId id, String name, Cloud cloud) {
        this.id = id;
        this.name = name;
        this.cloud = cloud;
        this.machine = new FakeHost(new FakeHost.Setup(
                name, cloud.world(), this::fault, Duration.ofSeconds(2), cloud.networks()::knows, _ -> {}));
        start();
    }

    HostId id() {
        return id;
    }

    FakeHost machine() {
        return machine;
    }

    private Faults.Fault fault(String operation) {
        Weather weather = cloud.weather();
        World world = cloud.world();
        if (operation.equals("instance.wake")) {
            return world.chance(weather.wakeLost())
                    ? new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE)
                    : new Faults.Fault.None();
        }
        if (world.chance(weather.killed())) {
            throw new Killed();
        }
        if (world.chance(weather.engineFails())) {
            return new Faults.Fault.Fails(KINDS[world.below(KINDS.length)]);
        }
        return world.chance(weather.engineLies())
                ? new Faults.Fault.Lies(KINDS[world.below(KINDS.length)])
                : new Faults.Fault.None();
    }

    /** The agent starts, on what its memories know. */
    void start() {
        life++;
        int mine = life;
        tickAt = Instant.MAX;
        reporting = false;
        Signals signals = new Signals() {
            @Override
            public void work() {
                if (mine == life) {
                    tick(Duration.ofMillis(1));
                }
            }

            @Override
            public void seen() {
                if (mine == life) {
                    report(Duration.ofMillis(1));
                }
            }
        };
        guard(() -> {
            try {
                agent = Optional.of(new HostLoop(
                        new HostLoop.Self(id, machine.bootId(), cloud.world(), signals),
                        engines(),
                        memories,
                        work -> work(mine, work)));
            } catch (EngineException e) {
                throw new IllegalStateException("memories that are held never fail", e);
            }
            tick(Duration.ZERO);
            poll(mine, Duration.ZERO);
            report(Duration.ZERO);
            heartbeat(mine);
        });
    }

    private Engines engines() {
        List<InstanceDriver> drivers = new ArrayList<>();
        for (ImageType type : ImageType.values()) {
            InstanceDriver driver = machine.instances(type);
            drivers.add(cloud.planted() == Planted.ORPHANS_DESTROYED ? new TidyInstances(driver, memories) : driver);
        }
        return new Engines(
                drivers, List.of(machine.images(ImageType.VM), machine.images(ImageType.CONTAINER)), machine.ports());
    }

    /** Engines' work begins some time after it was asked for. */
    private void work(int mine, Runnable work) {
        Duration slow =
                cloud.world().between(Duration.ofMillis(1), cloud.weather().engineSlow());
        cloud.world().after(slow, name + " works", () -> {
            if (mine == life) {
                guard(work);
            }
        });
    }

    private void guard(Runnable run) {
        try {
            run.run();
        } catch (Killed _) {
            cloud.world().note(name + "'s agent is killed in the middle");
            killAgent();
        }
    }

    /** Nothing of what runs is touched. */
    void killAgent() {
        life++;
        agent.ifPresent(HostLoop::close);
        agent = Optional.empty();
        int mine = life;
        cloud.world()
                .after(
                        cloud.world().between(Duration.ofMillis(100), Duration.ofSeconds(20)),
                        name + "'s agent starts",
                        () -> {
                            if (mine == life) {
                                start();
                            }
                        });
    }

    void cutPower() {
        killAgent();
        machine.powerCut();
    }

    void cutLink(boolean there, boolean back, Duration until) {
        toServer = toServer && !there;
        fromServer = fromServer && !back;
        cloud.world().after(until, name + "'s link is whole again", () -> {
            toServer = true;
            fromServer = true;
        });
    }

    private void tick(Duration delay) {
        Instant at = cloud.world().now().plus(delay);
        if (!at.isBefore(tickAt)) {
            return;
        }
        tickAt = at;
        int mine = life;
        cloud.world().after(delay, name + " ticks", () -> {
            if (mine == life && tickAt.equals(cloud.world().now())) {
                tickAt = Instant.MAX;
                guard(() -> {
                    Duration pause = Duration.between(cloud.world().now(), loop().tick());
                    tick(pause.isPositive() ? pause : Duration.ofMillis(1));
                });
            }
        });
    }

    private HostLoop loop() {
        return agent.orElseThrow(() -> new IllegalStateException(name + "'s agent is not there"));
    }

    private void poll(int mine, Duration delay) {
        cloud.world().after(delay, name + " polls", () -> {
            if (mine != life) {
                return;
            }
            long after = loop().version();
            Call<Optional<Link.Assignments>> poll = new Call<>(
                    server -> server.link().assignments(id, after),
                    reply -> {
                        reply.ifPresent(this::assign);
                        poll(mine, cloud.world().between(Duration.ofMillis(50), POLL));
                    },
                    () -> poll(mine, Duration.ofSeconds(1)));
            send(mine, poll);
        });
    }

    private void assign(Link.Assignments given) {
        guard(() -> {
            try {
                loop().assign(given);
            } catch (EngineException e) {
                throw new IllegalStateException("memories that are held never fail", e);
            }
        });
    }

    private void heartbeat(int mine) {
        cloud.world().after(REPORT, name + "'s heart beats", () -> {
            if (mine == life) {
                report(Duration.ZERO);
                heartbeat(mine);
            }
        });
    }

    private void report(Duration delay) {
        if (reporting) {
            unreported = true;
            return;
        }
        reporting = true;
        unreported = false;
        int mine = life;
        cloud.world().after(delay, name + " reports", () -> {
            if (mine != life) {
                return;
            }
            Link.Observation what = loop().report(Optional.of(facts()), List.of());
            Call<Link.Ack> report = new Call<>(
                    server -> server.link().observe(id, what),
                    ack -> {
                        loop().reported(ack);
                        reporting = false;
                        if (unreported || ack.resend()) {
                            report(Duration.ofMillis(10));
                        }
                    },
                    () -> {
                        reporting = false;
                        report(Duration.ofSeconds(1));
                    });
            send(mine, report);
        });
    }

    private HostFacts facts() {
        return new HostFacts(
                name,
                "amd64",
                "6.1",
                "Debian 12",
                machine.bootId(),
                2,
                Bytes.gibibytes(4),
                List.of(new HostFacts.Disk("/", Bytes.gibibytes(200), Bytes.gibibytes(100))),
                "v2",
                new HostFacts.Kvm(true, "pretended"),
                new TreeMap<>(),
                "simulated");
    }

    /** One request: what the server does, and what the agent does with the answer, or when none comes. */
    private record Call<T>(
            java.util.function.Function<SimServer, T> body, java.util.function.Consumer<T> answer, Runnable failed) {}

    /** Sends it over the link: it may be lost on either way, come late, or come twice. An answer that comes after the agent gave up is not heard. */
    private <T> void send(int mine, Call<T> request) {
        long number = ++call;
        boolean[] over = new boolean[1];
        World world = cloud.world();
        world.after(TIMEOUT, name + " gives up call " + number, () -> {
            if (mine == life && !over[0]) {
                over[0] = true;
                request.failed().run();
            }
        });
        int copies = world.chance(cloud.weather().duplicate()) ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            if (!toServer || world.chance(cloud.weather().linkLoss())) {
                continue;
            }
            SimServer server = world.one(cloud.servers());
            world.after(
                    world.between(Duration.ofMillis(1), cloud.weather().linkDelay()),
                    name + " calls " + server.name(),
                    () -> arrive(mine, request, server, over));
        }
    }

    private <T> void arrive(int mine, Call<T> request, SimServer server, boolean[] over) {
        if (!server.up()) {
            return;
        }
        World world = cloud.world();
        server.guard(() -> {
            Optional<T> reply = cloud.answered(() -> request.body().apply(server));
            if (reply.isEmpty() || !fromServer || world.chance(cloud.weather().linkLoss())) {
                return;
            }
            world.after(world.between(Duration.ofMillis(1), cloud.weather().linkDelay()), name + " hears", () -> {
                if (mine == life && !over[0]) {
                    over[0] = true;
                    request.answer().accept(reply.get());
                }
            });
        });
    }

    /** What is there and runs, for whoever judges. */
    List<UUID> running() {
        return machine.running().stream().map(instance -> instance.value()).toList();
    }
}
