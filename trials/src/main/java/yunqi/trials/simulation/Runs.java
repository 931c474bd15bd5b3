package yunqi.trials.simulation;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import yunqi.trials.simulation.planted.Planted;
import yunqi.trials.simulation.world.Coverage;

/** Lives many clouds, one on each processor, and sums up how they fared. Each cloud is alone in its thread; the sums don't depend on which ends first. */
final class Runs {
    private static final int FAILURES_SHOWN = 5; // more say the same
    private static final int MEETINGS = 20; // of each fault with each operation, in so many seeds:
    private static final int MEETINGS_IN = 1_000;

    /** So many clouds from this seed on; or, if {@code time} is not zero, as many as can be lived in that time. */
    record Range(long from, long seeds, Duration time) {}

    private final Planted planted;
    private final PrintStream out;
    private final Coverage coverage = new Coverage();
    private final TreeMap<Long, Simulation.Result> failed = new TreeMap<>();
    private final TreeMap<Long, Long> hashes = new TreeMap<>();
    private final long began = System.nanoTime();
    private Duration simulated = Duration.ZERO;
    private long events;
    private long calls;
    private long accepted;

    Runs(Planted planted, PrintStream out) {
        this.planted = planted;
        this.out = out;
    }

    /** Lives them all. */
    void live(Range range) {
        AtomicLong next = new AtomicLong(range.from());
        onEveryProcessor(() -> {
            for (long seed = next.getAndIncrement();
                    seed < range.from() + range.seeds() && !over(range);
                    seed = next.getAndIncrement()) {
                Coverage met = new Coverage();
                note(Simulation.run(seed, planted, met), met);
            }
        });
    }

    /** Runs it in as many threads; an error in one, such as a class that is missing, ends all. */
    private static void onEveryProcessor(Runnable run) {
        int processors = Runtime.getRuntime().availableProcessors();
        try (ExecutorService threads = Executors.newFixedThreadPool(processors)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < processors; i++) {
                all.add(threads.submit(run));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a cloud could not be lived", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private boolean over(Range range) {
        return !range.time().isZero()
                && System.nanoTime() - began > range.time().toNanos();
    }

    private synchronized void note(Simulation.Result result, Coverage met) {
        events += result.events();
        calls += result.calls();
        accepted += result.accepted();
        simulated = simulated.plus(result.simulated());
        hashes.put(result.seed(), result.hash());
        coverage.add(met);
        if (result.failure().isPresent()) {
            failed.put(result.seed(), result);
            if (failed.size() <= FAILURES_SHOWN) {
                tell(result);
            }
        }
    }

    private void tell(Simulation.Result result) {
        Simulation.Failure failure = result.failure().orElseThrow();
        out.println("sim: seed " + result.seed() + " failed after " + result.events() + " events: " + failure.kind()
                + ": " + failure.what());
        result.last().forEach(event -> out.println("    " + event));
        out.println("  again: ./dev sim --seeds 1 --from " + result.seed()
                + (planted == Planted.NOTHING ? "" : " --planted " + planted));
    }

    /** Says in one line how they fared. */
    synchronized void summary() {
        long hash = hashes.values().stream().reduce(17L, (sum, one) -> sum * 31 + one);
        out.printf(
                Locale.ROOT,
                "sim: %d clouds (seeds %d to %d), %.1f simulated hours, %d calls (%d accepted), %d events (%016x), %d failed, %d s%n",
                hashes.size(),
                hashes.isEmpty() ? 0 : hashes.firstKey(),
                hashes.isEmpty() ? 0 : hashes.lastKey(),
                simulated.toSeconds() / 3600.0,
                calls,
                accepted,
                events,
                hash,
                failed.size(),
                Duration.ofNanos(System.nanoTime() - began).toSeconds());
        if (!failed.isEmpty()) {
            out.println("sim: failed seeds: " + failed.keySet());
        }
    }

    /** Prints how often each fault met each operation; gives back how many pairs met too seldom for so many clouds. */
    synchronized int coverage() {
        coverage.print(out);
        int needed = Math.max(1, (int) ((long) MEETINGS * hashes.size() / MEETINGS_IN));
        List<String> seldom = coverage.below(needed);
        out.println("sim: each pair of fault and operation met " + coverage.least() + " times or more; " + needed
                + " are needed in " + hashes.size() + " clouds"
                + (seldom.isEmpty() ? "" : "; too seldom: " + String.join(", ", seldom)));
        return seldom.size();
    }

    /** The failure of the lowest seed, if there was one. */
    synchronized Optional<Simulation.Failure> failure() {
        return failed.isEmpty()
                ? Optional.empty()
                : failed.firstEntry().getValue().failure();
    }

    /** The first cloud in which something shows. */
    static Optional<Simulation.Result> firstFailure(Planted planted, long from, int seeds) {
        AtomicLong next = new AtomicLong(from);
        List<Simulation.Result> found = Collections.synchronizedList(new ArrayList<>());
        onEveryProcessor(() -> {
            for (long seed = next.getAndIncrement();
                    seed < from + seeds && found.isEmpty();
                    seed = next.getAndIncrement()) {
                Simulation.Result result = Simulation.run(seed, planted);
                if (result.failure().isPresent()) {
                    found.add(result);
                }
            }
        });
        return found.stream().min(Comparator.comparingLong(Simulation.Result::seed));
    }
}
