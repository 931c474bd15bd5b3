package yunqi.trials.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import yunqi.trials.lab.Cloud;

/** {@code ./dev bench NAME}: measures and rewrites that part of {@code docs/benchmarks.md}. */
public final class Main {
    private static final String MARK = "<!-- %s -->";

    private Main() {}

    public static void main(String[] words) throws Exception {
        String name = words.length == 0 ? "" : words[0];
        PrintStream out = System.out;
        if (!name.equals("first-light")) {
            out.println("bench: no benchmark '" + name + "'; there is: first-light");
            System.exit(2);
        }
        FirstLight.Result result = FirstLight.measure(out);
        out.println(result.table());
        replace(Cloud.home().resolve("docs/benchmarks.md"), name, result.table());
        out.println("bench: written to docs/benchmarks.md");
        if (!result.good()) {
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
