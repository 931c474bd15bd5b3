package yunqi.core.audit;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import yunqi.core.base.BadValue;

/** Which entries are meant: those that fit all that is said. {@code from} is the first moment that counts, {@code to} the first that doesn't. */
public record AuditFilter(
        Optional<String> actor,
        Optional<String> project,
        Optional<String> kind,
        Optional<String> name,
        Optional<Instant> from,
        Optional<Instant> to,
        Optional<Outcome.Result> result) {
    private static final Pattern TEXT = Pattern.compile("[ -~]{0,200}");
    private static final Instant FIRST = Instant.parse("1970-01-01T00:00:00Z"); // no database takes all that Java does
    private static final Instant LAST = Instant.parse("9999-12-31T00:00:00Z");

    public static final AuditFilter ALL = read(_ -> Optional.empty());

    /** As a user says it, word by word. Throws {@link BadValue} for what is no time or no result. */
    public static AuditFilter read(Function<String, Optional<String>> said) {
        return new AuditFilter(
                text("actor", said),
                text("project", said),
                text("kind", said),
                text("name", said),
                said.apply("from").map(text -> time("from", text)),
                said.apply("to").map(text -> time("to", text)),
                said.apply("result").map(AuditFilter::result));
    }

    private static Optional<String> text(String field, Function<String, Optional<String>> said) {
        Optional<String> value = said.apply(field);
        if (value.filter(text -> !TEXT.matcher(text).matches()).isPresent()) {
            throw new BadValue(field, "is nothing that an entry can say: use up to 200 printable characters");
        }
        return value;
    }

    private static Instant time(String field, String text) {
        String hint = "is not a time: write it as 2026-03-01T12:00:00Z";
        try {
            Instant time = Instant.parse(text);
            if (time.isBefore(FIRST) || time.isAfter(LAST)) {
                throw new BadValue(field, hint);
            }
            return time;
        } catch (DateTimeParseException e) {
            throw new BadValue(field, hint);
        }
    }

    private static Outcome.Result result(String text) {
        return Arrays.stream(Outcome.Result.values())
                .filter(result -> result.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> new BadValue("result", "is not one of accepted, refused, unknown"));
    }

    /** The same in this project, and not before that time. */
    public AuditFilter in(String only, Instant earliest) {
        Instant first = from.filter(earliest::isBefore).orElse(earliest);
        return new AuditFilter(actor, Optional.of(only), kind, name, Optional.of(first), to, result);
    }

    public boolean fits(AuditEntry entry) {
        return fits(actor, entry.who().name())
                && (project.isEmpty() || project.equals(entry.what().project()))
                && fits(kind, entry.what().kind())
                && fits(name, entry.what().name())
                && from.filter(entry.at()::isBefore).isEmpty()
                && to.filter(end -> !entry.at().isBefore(end)).isEmpty()
                && result.filter(wanted -> wanted != entry.outcome().result()).isEmpty();
    }

    private static boolean fits(Optional<String> wanted, String value) {
        return wanted.isEmpty() || wanted.get().equals(value);
    }
}
