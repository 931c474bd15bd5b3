package yunqi.cli.argument;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Stack;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code --wait} and {@code --wait=DURATION}. */
public final class Waits {
    public static final Duration USUAL =
            Duration.ofMinutes(5); // a large image over a slow line; a person has looked at the status long before

    @Option(
            names = "--wait",
            paramLabel = "DURATION",
            arity = "0..1",
            converter = DurationReader.class,
            preprocessor = OnlyWithEquals.class,
            description = "wait until it is so, at most 5m or as long as is said (30s, 10m, 1h)")
    private Optional<Duration> limit = Optional.empty();

    /** As long as was said; empty if it was not said at all. */
    public Optional<Duration> limit() {
        return limit;
    }

    /** Reads {@code 30s}, {@code 5m}, {@code 1h} and plain seconds. */
    static final class DurationReader implements CommandLine.ITypeConverter<Duration> {
        private static final Pattern FORM = Pattern.compile("([0-9]{1,7})(s|m|h)?");

        @Override
        public Duration convert(String text) {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                throw new CommandLine.TypeConversionException(
                        "'" + text + "' is not a time: write it as 30s, 5m or 1h");
            }
            long number = Long.parseLong(matcher.group(1));
            return switch (String.valueOf(matcher.group(2))) {
                case "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                default -> Duration.ofSeconds(number);
            };
        }
    }

    /** Takes a value only after {@code =}: in {@code --wait web} the word is a name. */
    static final class OnlyWithEquals implements CommandLine.IParameterPreprocessor {
        @Override
        public boolean preprocess(Stack<String> args, CommandSpec command, ArgSpec argument, Map<String, Object> info) {
            if (String.valueOf(info.get("separator")).equals("=")) {
                return false;
            }
            argument.setValue(Optional.of(USUAL));
            return true;
        }
    }
}
