package yunqi.trials.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One line of a table: what was measured, what it is compared with in the same run, the promise, and whether it was kept. */
record Figure(String what, String measured, String baseline, String promise, boolean kept) {
    /** The middle of some durations, in milliseconds. */
    static double median(List<Double> milliseconds) {
        List<Double> sorted = new ArrayList<>(milliseconds);
        sorted.sort(null);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** Minimum, median and maximum, in milliseconds. */
    static String spread(List<Double> milliseconds) {
        return String.format(
                Locale.ROOT,
                "%.0f ms (%.0f to %.0f)",
                median(milliseconds),
                milliseconds.stream().mapToDouble(Double::doubleValue).min().orElse(0),
                milliseconds.stream().mapToDouble(Double::doubleValue).max().orElse(0));
    }

    /** A figure that is promised to be at most {@code over} milliseconds more than its baseline, by medians. */
    static Figure over(String what, List<Double> ours, List<Double> engine, double over) {
        double more = median(ours) - median(engine);
        return new Figure(
                what,
                spread(ours),
                spread(engine),
                String.format(Locale.ROOT, "at most %.0f ms more; is %.0f", over, more),
                more <= over);
    }

    /** As {@link #over}, of what nothing is promised: it is told so that nobody is surprised by it. */
    static Figure told(String what, List<Double> ours, List<Double> engine) {
        double more = median(ours) - median(engine);
        return new Figure(
                what, spread(ours), spread(engine), String.format(Locale.ROOT, "none; %.0f ms more", more), true);
    }

    /** A figure that is promised to be at most {@code bound}. */
    static Figure within(String what, double measured, String unit, double bound) {
        return new Figure(
                what,
                String.format(Locale.ROOT, "%.0f %s", measured, unit),
                "",
                String.format(Locale.ROOT, "at most %.0f %s", bound, unit),
                measured <= bound);
    }

    /** A figure that is promised to be at least {@code bound}. */
    static Figure atLeast(String what, double measured, String unit, double bound) {
        return new Figure(
                what,
                String.format(Locale.ROOT, "%.0f %s", measured, unit).strip(),
                "",
                String.format(Locale.ROOT, "at least %.0f %s", bound, unit).strip(),
                measured >= bound);
    }

    String row() {
        return "| " + what + " | " + measured + " | " + baseline + " | " + promise + " | "
                + (promise.startsWith("none") ? "" : kept ? "kept" : "**not kept**") + " |\n";
    }
}
