package yunqi.cli.api;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where a command was called: environment, input and outputs. {@code ./yunqi} says which of them are terminals, since asking costs it nothing. */
public record Surroundings(Map<String, String> env, InputStream in, PrintStream out, PrintStream err, Ahead ahead) {
    private static final int USUAL_COLUMNS = 80;

    public Surroundings(Map<String, String> env, InputStream in, PrintStream out, PrintStream err) {
        this(env, in, out, err, Ahead.NOTHING);
    }

    /** The same, with a connection made while the words are read. */
    public Surroundings connecting(List<String> words) {
        return new Surroundings(env, in, out, err, Ahead.of(this, words));
    }

    public static Surroundings real() {
        return new Surroundings(
                System.getenv(),
                System.in,
                new Printed(new FileOutputStream(FileDescriptor.out)),
                new Printed(new FileOutputStream(FileDescriptor.err)));
    }

    /** An environment variable that is set and not empty. */
    public Optional<String> env(String name) {
        return Optional.ofNullable(env.get(name)).filter(value -> !value.isEmpty());
    }

    public boolean inputIsTerminal() {
        return env("YUNQI_TTY").orElse("").contains("0");
    }

    public boolean outputIsTerminal() {
        return env("YUNQI_TTY").orElse("").contains("1");
    }

    public boolean errorsAreTerminal() {
        return env("YUNQI_TTY").orElse("").contains("2");
    }

    /** How wide lines may be; without a terminal there is no limit. */
    public int columns() {
        if (!outputIsTerminal()) {
            return Integer.MAX_VALUE;
        }
        return env("YUNQI_COLUMNS")
                .filter(text -> text.matches("[1-9][0-9]{0,4}"))
                .map(Integer::parseInt)
                .orElse(USUAL_COLUMNS);
    }

    public Path home() {
        return Path.of(env("HOME").orElse("/root"));
    }

    /** The folder of the program: recipes, libraries, scripts. {@code ./yunqi} sets it. */
    public Path programFolder() {
        return Path.of(env("YUNQI_HOME").orElse("."));
    }

    /** A word as it came from the environment or a file, for a message: never more than a line. */
    public static String line(String text) {
        String first = text.strip().lines().findFirst().orElse("");
        return first.length() <= 300 ? first : first.substring(0, 300) + "…";
    }
}
