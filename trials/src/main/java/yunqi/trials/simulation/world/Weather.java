package yunqi.trials.simulation.world;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * Which faults a cloud suffers from, and how badly, drawn once for each seed: every fault is on in about half of the seeds, with a strength between nothing and the
 * worst that still lets something be done.
 */
public final class Weather {
    /** Nothing goes wrong. */
    public static final Weather CALM = new Weather(Map.of());

    public static final Duration SWIFT =
            Duration.ofMillis(5); // a message, or an engine's small work, when nothing is in the way

    private static final Duration SLOWEST_LINK =
            Duration.ofSeconds(8); // under the agents' patience with a call, sometimes over both ways
    private static final Duration SLOWEST_ENGINE = Duration.ofSeconds(20);
    private static final double EPISODE = 1.0; // at full strength one begins every time that the weather may change

    private final Map<Fault, Double> strength;

    private Weather(Map<Fault, Double> strength) {
        this.strength = strength;
    }

    public static Weather draw(World world) {
        Map<Fault, Double> strength = new EnumMap<>(Fault.class);
        for (Fault fault : Fault.values()) {
            if (world.chance(0.5)) {
                strength.put(fault, (1 + world.below(1_000)) / 1_000.0 * worst(fault));
            }
        }
        return new Weather(strength);
    }

    /** The highest chance, for each time that the fault could strike. */
    private static double worst(Fault fault) {
        return switch (fault) {
            case LOSS, ENGINE_FAILS, WAKE_LOST, READ_OLD -> 0.3;
            case DUPLICATE, ENGINE_LIES, STORE_CONFLICT -> 0.2;
            case EVENT_LOST -> 0.7;
            case COMMIT_UNSEEN -> 0.2;
            case STORE_FAILS -> 0.15; // a call makes several reads: where each failed often, no write would be reached
            case AGENT_KILLED -> 0.01;
            case SERVER_KILLED -> 0.0005;
            case DELAY, ENGINE_SLOW -> 1.0;
            case POWER, HOST_SLEEP, PARTITION, PARTITION_TO, PARTITION_FROM, HOST_CLOCK -> EPISODE;
            case SERVER_SLEEP, SERVER_CLOCK, STORE_AWAY, FAILOVER -> EPISODE;
        };
    }

    public double of(Fault fault) {
        return strength.getOrDefault(fault, 0.0);
    }

    /** How long a message may take. */
    public Duration link() {
        return stretched(SLOWEST_LINK, of(Fault.DELAY));
    }

    /** How long an engine may take. */
    public Duration engine() {
        return stretched(SLOWEST_ENGINE, of(Fault.ENGINE_SLOW));
    }

    private static Duration stretched(Duration slowest, double share) {
        return SWIFT.plusMillis(Math.round(slowest.toMillis() * share));
    }

    @Override
    public String toString() {
        return strength.keySet().toString();
    }
}
