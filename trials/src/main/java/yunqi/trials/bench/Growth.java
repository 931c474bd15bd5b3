package yunqi.trials.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What things cost at growing sizes: as a table, and as a picture with both axes logarithmic, where what does not grow is a level line. */
final class Growth {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 360;
    private static final int LEFT = 60;
    private static final int RIGHT = 170;
    private static final int TOP = 20;
    private static final int BOTTOM = 40;
    private static final List<String> COLOURS =
            List.of("#1668a8", "#c44e1e", "#2e7d32", "#7b3fa0", "#8a6d00", "#555555", "#b0235f", "#00838f");

    private final List<Integer> sizes = new ArrayList<>();
    private final Map<String, List<Double>> lines = new LinkedHashMap<>();

    /** What follows was measured at this size. */
    void at(int size) {
        sizes.add(size);
    }

    void add(String what, String unit, double value) {
        lines.computeIfAbsent(what + " (" + unit + ")", _ -> new ArrayList<>()).add(value);
    }

    /** What was measured at the last size. */
    String last() {
        StringBuilder words = new StringBuilder("at " + sizes.getLast() + " instances:");
        lines.forEach((what, values) -> words.append(String.format(Locale.ROOT, " %s %.2f;", what, values.getLast())));
        return words.toString();
    }

    /** Markdown. */
    String table() {
        StringBuilder text = new StringBuilder("| instances |");
        lines.keySet().forEach(what -> text.append(' ').append(what).append(" |"));
        text.append("\n|").append("---|".repeat(lines.size() + 1)).append('\n');
        for (int i = 0; i < sizes.size(); i++) {
            text.append("| ").append(sizes.get(i)).append(" |");
            for (List<Double> values : lines.values()) {
                text.append(String.format(Locale.ROOT, " %.2f |", values.get(i)));
            }
            text.append('\n');
        }
        return text.toString();
    }

    /** The picture. */
    String svg() {
        double low = lines.values().stream()
                .flatMap(List::stream)
                .mapToDouble(Growth::log)
                .min()
                .orElse(0);
        double high = lines.values().stream()
                .flatMap(List::stream)
                .mapToDouble(Growth::log)
                .max()
                .orElse(1);
        double bottom = Math.floor(low);
        double top = Math.max(bottom + 1, Math.ceil(high));
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                WIDTH,
                HEIGHT));
        for (double decade = bottom; decade <= top; decade++) {
            double y = y(decade, bottom, top);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>%n"
                            + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
                    LEFT,
                    y,
                    WIDTH - RIGHT,
                    y,
                    LEFT - 6,
                    y + 4,
                    plain(Math.pow(10, decade))));
        }
        for (int size : sizes) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%,d</text>%n",
                    x(size),
                    HEIGHT - BOTTOM + 18,
                    size));
        }
        svg.append(String.format(
                Locale.ROOT, "<text x=\"%d\" y=\"%d\">instances</text>%n", WIDTH - RIGHT + 12, HEIGHT - BOTTOM + 18));
        int colour = 0;
        for (Map.Entry<String, List<Double>> line : lines.entrySet()) {
            svg.append(line(line.getKey(), line.getValue(), COLOURS.get(colour % COLOURS.size()), colour, bottom, top));
            colour++;
        }
        return svg.append("</svg>\n").toString();
    }

    private String line(String what, List<Double> values, String colour, int number, double bottom, double top) {
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            points.append(
                    String.format(Locale.ROOT, "%.1f,%.1f ", x(sizes.get(i)), y(log(values.get(i)), bottom, top)));
        }
        int y = TOP + 14 + number * 18;
        return String.format(
                Locale.ROOT,
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n"
                        + "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n",
                points.toString().strip(),
                colour,
                WIDTH - RIGHT + 12,
                y,
                colour,
                what);
    }

    private double x(int size) {
        double first = log(sizes.getFirst());
        double last = Math.max(first + 1, log(sizes.getLast()));
        return LEFT + (log(size) - first) / (last - first) * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double log, double bottom, double top) {
        return HEIGHT - BOTTOM - (log - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM);
    }

    private static double log(double value) {
        return Math.log10(Math.max(value, 0.01));
    }

    private static String plain(double value) {
        return value >= 1 ? String.format(Locale.ROOT, "%.0f", value) : Double.toString(value);
    }
}
