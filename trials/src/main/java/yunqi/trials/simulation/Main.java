package yunqi.trials.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/**
 * {@code --seeds N [--from S] [--planted MISTAKE]}: lives N clouds and says how they fared. Exit codes: 0 all well, 2 wrong usage, and for the first failure 127 safety,
 * 128 liveness, 129 crash.
 */
public final class Main {
    private static final int FAILURES_SHOWN = 5; // more say the same
    private static final int SEEDS = 100;

    private record Wish(long from, long seeds, Planted planted) {}

    private Main() {}

    public static void main(String[] words) {
        quiet();
        System.exit(run(List.of(words), System.out));
    }

    /** What is logged belongs to clouds that don't exist. */
    static void quiet() {
        if (LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
            root.setLevel(Level.OFF);
        }
    }

    static int run(List<String> words, PrintStream out) {
        Wish wish;
        try {
            wish = read(words);
        } catch (IllegalArgumentException e) {
            out.println("usage: --seeds N [--from S] [--planted " + Arrays.toString(Planted.values()) + "]: "
                    + e.getMessage());
            return 2;
        }
        long events = 0;
        long hash = 17;
        Duration simulated = Duration.ZERO;
        List<Simulation.Result> failed = new ArrayList<>();
        long begin = System.nanoTime();
        for (long seed = wish.from(); seed < wish.from() + wish.seeds(); seed++) {
            Simulation.Result result = Simulation.run(seed, wish.planted());
            events += result.events();
            hash = hash * 31 + result.hash();
            simulated = simulated.plus(result.simulated());
            if (result.failure().isPresent()) {
                failed.add(result);
                if (failed.size() <= FAILURES_SHOWN) {
                    tell(result, wish.planted(), out);
                }
            }
        }
        out.printf(
                Locale.ROOT,
                "sim: %d clouds (seeds %d to %d), %.1f simulated hours, %d events (%016x), %d failed, %d s%n",
                wish.seeds(),
                wish.from(),
                wish.from() + wish.seeds() - 1,
                simulated.toSeconds() / 3600.0,
                events,
                hash,
                failed.size(),
                Duration.ofNanos(System.nanoTime() - begin).toSeconds());
        return failed.isEmpty()
                ? 0
                : code(failed.getFirst().failure().orElseThrow().kind());
    }

    private static int code(Simulation.Failure.Kind kind) {
        return switch (kind) {
            case SAFETY -> 127;
            case LIVENESS -> 128;
            case CRASH -> 129;
        };
    }

    private static void tell(Simulation.Result result, Planted planted, PrintStream out) {
        Simulation.Failure failure = result.failure().orElseThrow();
        out.println("sim: seed " + result.seed() + " failed after " + result.events() + " events: " + failure.kind()
                + ": " + failure.what());
        result.last().forEach(event -> out.println("    " + event));
        out.println("  again: ./dev sim --seeds 1 --from " + result.seed()
                + (planted == Planted.NOTHING ? "" : " --planted " + planted));
    }

    private static Wish read(List<String> words) {
        long seeds = SEEDS;
        long from = 1;
        Planted planted = Planted.NOTHING;
        for (int i = 0; i < words.size(); i += 2) {
            if (i + 1 == words.size()) {
                throw new IllegalArgumentException(words.get(i) + " needs a value");
            }
            String value = words.get(i + 1);
            switch (words.get(i)) {
                case "--seeds" -> seeds = Long.parseLong(value);
                case "--from" -> from = Long.parseLong(value);
                case "--planted" -> planted = Planted.valueOf(value);
                default -> throw new IllegalArgumentException(words.get(i) + " is not an option");
            }
        }
        if (seeds < 1) {
            throw new IllegalArgumentException(seeds + " seeds");
        }
        return new Wish(from, seeds, planted);
    }
}
