package yunqi.trials.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import yunqi.trials.lab.Cloud;

/** {@code ./dev bench NAME}: measures and rewrites that part of {@code docs/benchmarks.md}. */
public final class Main {
    private static final String MARK = "<!-- %s -->";

    private Main() {}

    public static void main(String[] words) throws Exception {
        String name = words.length == 0 ? "" : words[0];
        PrintStream out = System.out;
        switch (name) {
            case "first-light" -> {
                FirstLight.Result result = FirstLight.measure(out);
                end(out, name, result.table(), result.good());
            }
            case "control" -> {
                Control.Result result = Control.measure(out, sizes(words));
                Files.writeString(
                        Cloud.home().resolve("docs/growth.svg"), result.growth().svg());
                end(out, name, result.table(), result.good());
            }
            default -> {
                out.println(
                        "bench: no benchmark '" + name
                                + "'; there are: first-light, control [INSTANCES ...] (how many there are when the growth is looked at)");
                System.exit(2);
            }
        }
    }

    private static List<Integer> sizes(String[] words) {
        return words.length == 1
                ? List.of(1_000, 10_000, 100_000)
                : Arrays.stream(words).skip(1).map(Integer::valueOf).toList();
    }

    private static void end(PrintStream out, String name, String table, boolean good) throws IOException {
        out.println(table);
        replace(Cloud.home().resolve("docs/benchmarks.md"), name, table);
        out.println("bench: written to docs/benchmarks.md");
        if (!good) {
            out.println("bench: a promise is not kept, see the last column");
            System.exit(1);
        }
    }

    /** Replaces what stands between the two marks of a part; other parts stay as they are. */
    private static void replace(Path file, String part, String table) throws IOException {
        String text = Files.exists(file) ? Files.readString(file) : "# Benchmarks\n";
        String begin = String.format(java.util.Locale.ROOT, MARK, part);
        String end = String.format(java.util.Locale.ROOT, MARK, "end of " + part);
        int from = text.indexOf(begin);
        int to = text.indexOf(end);
        String fresh = begin + "\n" + table + end;
        String whole = from >= 0 && to > from
                ? text.substring(0, from) + fresh + text.substring(to + end.length())
                : text + "\n" + fresh + "\n";
        Files.writeString(file, whole, StandardCharsets.UTF_8);
    }
}
