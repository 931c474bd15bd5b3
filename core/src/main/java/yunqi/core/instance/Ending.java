package yunqi.core.instance;

import java.time.Instant;
import java.util.Optional;

/**
 * How a run ended that nobody asked to end: when, with which exit code if the engine knows it, and what else the engine says of it ("out of memory";
 * mostly empty).
 */
public record Ending(Instant at, Optional<Integer> exitCode, String note) {
    /** Such as {@code ended with exit code 137 (out of memory)}. */
    public String words() {
        return words(exitCode, note);
    }

    static String words(Optional<Integer> exitCode, String note) {
        return "ended" + exitCode.map(code -> " with exit code " + code).orElse("")
                + (note.isEmpty() ? "" : " (" + note + ")");
    }
}
