package yunqi.trials.simulation;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import yunqi.server.store.StoreUnavailable;
import yunqi.trials.simulation.planted.Planted;
import yunqi.trials.simulation.world.Broken;
import yunqi.trials.simulation.world.Coverage;
import yunqi.trials.simulation.world.Weather;
import yunqi.trials.simulation.world.World;

/** Lives one cloud through its faults and its healing. */
public final class Simulation {
    private static final Duration CALM = Duration.ofSeconds(20); // the hosts report, and the first things are made
    private static final Duration TROUBLE = Duration.ofMinutes(5); // enough for every fault to meet every step
    private static final Duration HEALING = Duration.ofMinutes(8); // leases, back-offs and sweeps all run out within
    private static final Duration LOOK = Duration.ofSeconds(10);
    private static final Duration WATCH = Duration.ofSeconds(2);
    private static final int STRANGERS = 2;
    private static final double TROUBLED =
            0.3; // of what users do, so much has trouble at its heels, however short it takes
    private static final Duration SOON = Duration.ofMillis(300);

    /** How a cloud fared: how long it lived, what happened in it and in which order ({@code hash}), and which of {@code calls} users' calls were accepted. {@code last} are its last events, for a failure. */
    public record Result(
            long seed,
            Duration simulated,
            long events,
            long hash,
            long calls,
            long accepted,
            Optional<Failure> failure,
            List<String> last) {
        public Result {
            last = List.copyOf(last);
        }
    }

    /** What went wrong. */
    public record Failure(Kind kind, String what) {
        /** Something happened that must never happen; or not what must; or the code itself broke. */
        public enum Kind {
            SAFETY,
            LIVENESS,
            CRASH
        }
    }

    private final World world;
    private final Cloud cloud;
    private final Calls calls;
    private final Users users;
    private final Strangers strangers;
    private final Episodes episodes;
    private final Watcher watcher;
    private final Invariants invariants;
    private final Operator operator;
    private final Weather weather;
    private boolean trouble = true;

    private Simulation(World world, Cloud cloud) {
        this.world = world;
        this.cloud = cloud;
        this.weather = Weather.draw(world);
        this.calls = new Calls(cloud);
        this.users = new Users(cloud, calls);
        this.strangers = new Strangers(world);
        this.episodes = new Episodes(cloud);
        this.watcher = new Watcher(world.one(Watcher.KINDS));
        this.invariants = new Invariants(cloud, calls);
        this.operator = new Operator(cloud, invariants);
        cloud.onFailover(invariants::wentBack);
    }

    /** The same seed with the same code gives the same result. */
    public static Result run(long seed, Planted planted) {
        return run(seed, planted, new Coverage());
    }

    /** The same; counts in {@code coverage} which fault met what. */
    static Result run(long seed, Planted planted, Coverage coverage) {
        World world = new World(seed);
        try (Cloud cloud = new Cloud(world, planted)) {
            Simulation simulation = new Simulation(world, cloud);
            Optional<Failure> failure = simulation.fare();
            coverage.add(cloud.pending().coverage());
            return new Result(
                    seed,
                    world.age(),
                    world.happened(),
                    world.hash(),
                    simulation.calls.made(),
                    simulation.calls.accepted(),
                    failure,
                    world.last());
        }
    }

    private Optional<Failure> fare() {
        try {
            live();
            return Optional.empty();
        } catch (Broken broken) {
            return Optional.of(new Failure(Failure.Kind.SAFETY, String.valueOf(broken.getMessage())));
        } catch (Stuck stuck) {
            return Optional.of(new Failure(Failure.Kind.LIVENESS, String.valueOf(stuck.getMessage())));
        } catch (RuntimeException crash) {
            StackTraceElement[] where = crash.getStackTrace();
            return Optional.of(new Failure(Failure.Kind.CRASH, crash + (where.length == 0 ? "" : " at " + where[0])));
        }
    }

    /** Something is still not as wanted. */
    private static final class Stuck extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stuck(String what) {
            super(what);
        }
    }

    private void live() {
        world.note("suffers from " + weather);
        act();
        watch();
        pass(CALM);
        cloud.begin(weather);
        disturb();
        for (int i = 0; i < STRANGERS; i++) {
            world.after(
                    world.between(Duration.ZERO, TROUBLE),
                    "a stranger comes",
                    () -> strangers.come(world.one(cloud.hosts())));
        }
        pass(CALM.plus(TROUBLE));
        trouble = false;
        cloud.heal();
        world.note("everything is healed");
        Duration last = CALM.plus(TROUBLE).plus(HEALING);
        List<String> missing = List.of("nothing was looked at");
        for (Duration end = CALM.plus(TROUBLE).plus(LOOK); end.compareTo(last) <= 0; end = end.plus(LOOK)) {
            pass(end);
            operator.cleanUp(end.minus(CALM).minus(TROUBLE));
            missing = Converged.missing(cloud, invariants, strangers.all());
            if (missing.isEmpty()) {
                return;
            }
        }
        throw new Stuck(String.join("; ", missing));
    }

    private void pass(Duration end) {
        while (world.step(end)) {
            cloud.tellServers();
            invariants.check();
        }
    }

    private void act() {
        world.after(users.pause(), "a user acts", () -> {
            if (trouble) {
                users.act();
                if (world.chance(TROUBLED)) {
                    world.after(world.between(Duration.ofMillis(1), SOON), "the weather changes", episodes::strike);
                }
                act();
            }
        });
    }

    private void disturb() {
        world.after(world.between(Duration.ofSeconds(1), Duration.ofSeconds(15)), "the weather changes", () -> {
            if (trouble) {
                episodes.strike();
                disturb();
            }
        });
    }

    private void watch() {
        world.after(WATCH, "a watcher reads on", () -> {
            SimServer server = world.one(cloud.servers());
            if (server.up()) {
                server.guard(() -> {
                    try {
                        watcher.follow(server.store());
                    } catch (StoreUnavailable _) {
                        world.note("the watcher waits for the store");
                    }
                });
            }
            watcher.check(cloud.store());
            watch();
        });
    }
}
