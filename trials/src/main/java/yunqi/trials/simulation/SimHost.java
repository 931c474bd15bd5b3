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
import yunqi.agent.state.Memories;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostId;
import yunqi.core.image.ImageType;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.wire.Link;
import yunqi.drivers.fake.FakeHost;
import yunqi.drivers.fake.Faults;
import yunqi.trials.simulation.world.Fault;
import yunqi.trials.simulation.world.Killed;
import yunqi.trials.simulation.world.SkewedClock;
import yunqi.trials.simulation.world.World;

/** One host: a pretended machine and its agent. The power can be cut, the agent killed or frozen, its clock set, and its link cut. */
final class SimHost {
    private static final Duration POLL = Duration.ofMillis(700);
    private static final Duration REPORT = Duration.ofSeconds(5);
    private static final Duration SLOW = Duration.ofSeconds(1); // from here on an engine counts as slow
    private static final EngineException.Kind[] KINDS = EngineException.Kind.values();

    private final HostId id;
    private final String name;
    private final Cloud cloud;
    private final World world;
    private final SkewedClock clock;
    private final SimLink link;
    private final FakeHost machine;
    private final Memories memories = new HeldMemories();
    private final List<Runnable> frozenUntilThaw = new ArrayList<>();
    private Optional<HostLoop> agent = Optional.empty();
    private boolean frozen;
    private int life;
    private Instant tickAt = Instant.MAX;
    private boolean reporting;
    private boolean unreported;

    SimHost(HostId id, String name, Cloud cloud) {
        this.id = id;
        this.name = name;
        this.cloud = cloud;
        this.world = cloud.world();
        this.clock = new SkewedClock(world);
        this.link = new SimLink(id, name, cloud);
        this.machine = new FakeHost(
                new FakeHost.Setup(name, clock, this::fault, Duration.ofSeconds(2), cloud.networks()::knows, _ -> {}));
        start();
    }

    HostId id() {
        return id;
    }

    String name() {
        return name;
    }

    FakeHost machine() {
        return machine;
    }

    SimLink link() {
        return link;
    }

    /** From now on the machine's clock is wrong by this much. */
    void setClock(Duration by) {
        clock.set(by);
        agent.ifPresent(_ -> tick(Duration.ofMillis(1)));
    }

    private Faults.Fault fault(String operation) {
        if (operation.equals("instance.wake")) {
            return strikes(Fault.EVENT_LOST)
                    ? new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE)
                    : new Faults.Fault.None();
        }
        if (strikes(Fault.AGENT_KILLED)) {
            throw new Killed();
        }
        if (strikes(Fault.ENGINE_FAILS)) {
            return new Faults.Fault.Fails(KINDS[world.below(KINDS.length)]);
        }
        return strikes(Fault.ENGINE_LIES)
                ? new Faults.Fault.Lies(KINDS[world.below(KINDS.length)])
                : new Faults.Fault.None();
    }

    private boolean strikes(Fault fault) {
        boolean strikes = cloud.strikes(fault);
        if (strikes) {
            cloud.pending().struck(fault, id);
        }
        return strikes;
    }

    /** The agent starts, on what its memories know. */
    private void start() {
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
                        new HostLoop.Self(id, machine.bootId(), clock, signals), engines(), memories, this::work));
            } catch (EngineException e) {
                throw new IllegalStateException("memories that are held never fail", e);
            }
            tick(Duration.ZERO);
            poll(Duration.ZERO);
            report(Duration.ZERO);
            heartbeat();
        });
    }

    private Engines engines() {
        List<InstanceDriver> drivers = new ArrayList<>();
        for (ImageType type : ImageType.values()) {
            drivers.add(cloud.plants().instances(machine.instances(type), machine, memories));
        }
        return new Engines(
                drivers, List.of(machine.images(ImageType.VM), machine.images(ImageType.CONTAINER)), machine.ports());
    }

    /** What this life of the agent does later; a frozen one does it when it goes on, one that was killed never. */
    private void after(Duration delay, String what, Runnable run) {
        after(life, delay, what, run);
    }

    private void after(int mine, Duration delay, String what, Runnable run) {
        world.after(delay, what, () -> {
            if (mine != life) {
                return;
            }
            if (frozen) {
                frozenUntilThaw.add(() -> after(mine, Duration.ofMillis(1), what, run));
            } else {
                guard(run);
            }
        });
    }

    /** Engines' work begins some time after it was asked for. */
    private void work(Runnable work) {
        Duration slow = world.between(Duration.ofMillis(1), cloud.weather().engine());
        if (slow.compareTo(SLOW) > 0) {
            cloud.pending().struck(Fault.ENGINE_SLOW, id);
        }
        after(slow, name + " works", work);
    }

    private void guard(Runnable run) {
        try {
            run.run();
        } catch (Killed _) {
            world.note(name + "'s agent is killed in the middle");
            killAgent(world.between(Duration.ofMillis(100), Duration.ofSeconds(20)));
        }
    }

    /** Nothing of what runs is touched. */
    void killAgent(Duration until) {
        life++;
        agent.ifPresent(HostLoop::close);
        agent = Optional.empty();
        frozen = false;
        frozenUntilThaw.clear();
        int mine = life;
        world.after(until, name + "'s agent starts", () -> {
            if (mine == life) {
                start();
            }
        });
    }

    /** Everything that runs ends; the machine is back after a while. */
    void cutPower(Duration until) {
        killAgent(until);
        machine.powerCut();
    }

    /** The agent is stopped in its tracks; what it drives runs on. */
    void freeze(Duration until) {
        if (frozen || agent.isEmpty()) {
            return;
        }
        frozen = true;
        int mine = life;
        world.after(until, name + "'s agent goes on", () -> {
            if (mine == life) {
                frozen = false;
                List<Runnable> waited = List.copyOf(frozenUntilThaw);
                frozenUntilThaw.clear();
                waited.forEach(Runnable::run);
            }
        });
    }

    private void tick(Duration delay) {
        Instant at = world.now().plus(delay);
        if (!at.isBefore(tickAt)) {
            return;
        }
        tickAt = at;
        after(delay, name + " ticks", () -> {
            if (!tickAt.isAfter(world.now())) {
                tickAt = Instant.MAX;
                Instant next = loop().tick();
                Duration pause = Duration.between(clock.now(), next);
                tick(pause.isPositive() ? pause : Duration.ofMillis(1));
            }
        });
    }

    private HostLoop loop() {
        return agent.orElseThrow(() -> new IllegalStateException(name + "'s agent is not there"));
    }

    /** This life of the agent, to which answers come. */
    private SimLink.Agent agent() {
        int mine = life;
        return (delay, what, run) -> after(mine, delay, what, run);
    }

    private void poll(Duration delay) {
        after(delay, name + " polls", () -> {
            long after = loop().version();
            link.send(
                    agent(),
                    new SimLink.Call<>(
                            server -> server.link().assignments(id, after),
                            reply -> reply.ifPresent(this::assign),
                            () -> poll(world.between(Duration.ofMillis(50), POLL)),
                            () -> poll(Duration.ofSeconds(1))));
        });
    }

    private void assign(Link.Assignments given) {
        try {
            loop().assign(given);
        } catch (EngineException e) {
            throw new IllegalStateException("memories that are held never fail", e);
        }
    }

    private void heartbeat() {
        after(REPORT, name + "'s heart beats", () -> {
            report(Duration.ZERO);
            heartbeat();
        });
    }

    private void report(Duration delay) {
        if (reporting) {
            unreported = true;
            return;
        }
        reporting = true;
        unreported = false;
        after(delay, name + " reports", () -> {
            Link.Observation what = loop().report(Optional.of(facts()), List.of());
            link.send(
                    agent(),
                    new SimLink.Call<>(
                            server -> server.link().observe(id, what),
                            ack -> {
                                Link.Ack heard = cloud.plants().heard(ack);
                                loop().reported(heard);
                                unreported = unreported || heard.resend();
                            },
                            () -> {
                                reporting = false;
                                if (unreported) {
                                    report(Duration.ofMillis(10));
                                }
                            },
                            () -> {
                                reporting = false;
                                report(Duration.ofSeconds(1));
                            }));
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

    /** What is there and runs, for whoever judges. */
    List<UUID> running() {
        return machine.running().stream().map(instance -> instance.value()).toList();
    }
}
