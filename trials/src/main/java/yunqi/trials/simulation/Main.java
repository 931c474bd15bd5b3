package yunqi.trials.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.LoggerFactory;
import yunqi.trials.simulation.planted.Planted;

/**
 * {@code --seeds N | --hours H, [--from S] [--planted MISTAKE|all] [--coverage]}: lives many clouds and says how they fared. Exit codes: 0 all well, 1 a pair of fault and
 * operation that met too seldom or a planted mistake that was not found, 2 wrong usage, and for the first failure 127 safety, 128 liveness, 129 crash.
 */
public final class Main {
    /** A mistake that this many clouds don't show would not be seen in daily use. */
    static final int ENOUGH = 200;

    private static final int SEEDS = 100;
    private static final String ALL = "all";

    /** What was asked for. {@code planted} is empty for every mistake, one after the other. */
    private record Wish(Runs.Range range, List<Planted> planted, boolean coverage) {}

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
            out.println("usage: [--seeds N | --hours H] [--from S] [--planted all|" + Arrays.toString(Planted.values())
                    + "] [--coverage]: " + e.getMessage());
            return 2;
        }
        if (wish.planted().size() > 1) {
            return search(wish, out);
        }
        Runs runs = new Runs(wish.planted().getFirst(), out);
        runs.live(wish.range());
        runs.summary();
        int seldom = wish.coverage() ? runs.coverage() : 0;
        return runs.failure().map(failure -> code(failure.kind())).orElse(seldom == 0 ? 0 : 1);
    }

    /** Looks for every mistake, and says in which cloud it shows first. */
    private static int search(Wish wish, PrintStream out) {
        List<Planted> missed = new ArrayList<>();
        for (Planted planted : wish.planted()) {
            long begin = System.nanoTime();
            var found = Runs.firstFailure(planted, wish.range().from(), ENOUGH);
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            out.println(found.map(result -> "sim: " + planted + " is found in seed " + result.seed() + " ("
                            + took.toSeconds() + " s): "
                            + result.failure().orElseThrow().kind() + ": "
                            + result.failure().orElseThrow().what())
                    .orElse("sim: " + planted + " IS NOT FOUND in " + ENOUGH + " seeds"));
            if (found.isEmpty()) {
                missed.add(planted);
            }
        }
        out.println("sim: " + (wish.planted().size() - missed.size()) + " of "
                + wish.planted().size() + " planted mistakes found");
        return missed.isEmpty() ? 0 : 1;
    }

    private static int code(Simulation.Failure.Kind kind) {
        return switch (kind) {
            case SAFETY -> 127;
            case LIVENESS -> 128;
            case CRASH -> 129;
        };
    }

    private static Wish read(List<String> words) {
        long seeds = SEEDS;
        long from = 1;
        Duration time = Duration.ZERO;
        List<Planted> planted = List.of(Planted.NOTHING);
        boolean coverage = false;
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals("--coverage")) {
                coverage = true;
                continue;
            }
            if (++i == words.size()) {
                throw new IllegalArgumentException(word + " needs a value");
            }
            String value = words.get(i);
            switch (word) {
                case "--seeds" -> seeds = Long.parseLong(value);
                case "--hours" -> time = Duration.ofSeconds(Math.round(Double.parseDouble(value) * 3_600));
                case "--from" -> from = Long.parseLong(value);
                case "--planted" -> planted = planted(value);
                default -> throw new IllegalArgumentException(word + " is not an option");
            }
        }
        if (seeds < 1 || time.isNegative()) {
            throw new IllegalArgumentException("there must be something to live");
        }
        return new Wish(new Runs.Range(from, time.isZero() ? seeds : Long.MAX_VALUE - from, time), planted, coverage);
    }

    private static List<Planted> planted(String value) {
        return value.equals(ALL)
                ? Arrays.stream(Planted.values())
                        .filter(mistake -> mistake != Planted.NOTHING)
                        .toList()
                : List.of(Planted.valueOf(value));
    }
}
