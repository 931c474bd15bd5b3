package yunqi.trials.simulation;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;

/** Lives one cloud through its faults and its healing. */
public final class Simulation {
    private static final Duration TROUBLE = Duration.ofMinutes(5); // enough for every fault to meet every step
    private static final Duration HEALING = Duration.ofMinutes(8); // leases, back-offs and sweeps all run out within
    private static final Duration LOOK = Duration.ofSeconds(10);
    private static final int STRANGERS = 2;

    /** How a cloud fared. {@code last} are its last events, for a failure. */
    public record Result(
            long seed, Duration simulated, long events, long hash, Optional<Failure> failure, List<String> last) {
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
    private final Users users;
    private final Invariants invariants;
    private final TreeSet<UUID> strangers = new TreeSet<>();
    private final double episodes;
    private boolean trouble = true;

    private Simulation(World world, Planted planted) {
        this.world = world;
        Weather weather = Weather.draw(world);
        this.episodes = weather.episodes();
        this.cloud = new Cloud(world, weather, planted);
        this.users = new Users(cloud);
        this.invariants = new Invariants(cloud);
    }

    /** The same seed with the same code gives the same result. */
    public static Result run(long seed, Planted planted) {
        World world = new World(seed);
        Optional<Failure> failure = Optional.empty();
        try {
            new Simulation(world, planted).live();
        } catch (Broken broken) {
            failure = Optional.of(new Failure(Failure.Kind.SAFETY, String.valueOf(broken.getMessage())));
        } catch (Stuck stuck) {
            failure = Optional.of(new Failure(Failure.Kind.LIVENESS, String.valueOf(stuck.getMessage())));
        } catch (RuntimeException crash) {
            StackTraceElement[] where = crash.getStackTrace();
            failure =
                    Optional.of(new Failure(Failure.Kind.CRASH, crash + (where.length == 0 ? "" : " at " + where[0])));
        }
        return new Result(seed, world.age(), world.happened(), world.hash(), failure, world.last());
    }

    /** Something is still not as wanted. */
    private static final class Stuck extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stuck(String what) {
            super(what);
        }
    }

    private void live() {
        act();
        disturb();
        for (int i = 0; i < STRANGERS; i++) {
            world.after(
                    world.between(Duration.ZERO, TROUBLE),
                    "a stranger comes",
                    () -> strangers.add(users.stranger(world.one(cloud.hosts()))));
        }
        pass(TROUBLE);
        trouble = false;
        cloud.heal();
        world.note("everything is healed");
        List<String> missing = List.of("nothing was looked at");
        for (Duration end = TROUBLE.plus(LOOK); end.compareTo(TROUBLE.plus(HEALING)) <= 0; end = end.plus(LOOK)) {
            pass(end);
            missing = Converged.missing(cloud, invariants, strangers);
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
                act();
            }
        });
    }

    private void disturb() {
        world.after(world.between(Duration.ofSeconds(1), Duration.ofSeconds(40)), "the weather changes", () -> {
            if (trouble) {
                if (world.chance(episodes)) {
                    cloud.episode();
                }
                disturb();
            }
        });
    }
}
