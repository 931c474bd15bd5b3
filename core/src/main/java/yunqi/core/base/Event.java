package yunqi.core.base;

import java.time.Instant;

/**
 * Something that happened to a thing: {@code what} in one stable word such as {@code placed}, {@code message} in a sentence that says why. What happens again is the same event
 * once more: {@code count} times between {@code first} and {@code last}.
 */
public record Event(Instant first, Instant last, int count, String what, String message) {
    /** Longer messages are cut: whole logs belong elsewhere. */
    public static final int MESSAGE_LIMIT = 500;

    public Event {
        message = message.length() <= MESSAGE_LIMIT ? message : message.substring(0, MESSAGE_LIMIT) + "…";
    }

    /** One that happened once. */
    public static Event of(Instant at, String what, String message) {
        return new Event(at, at, 1, what, message);
    }

    boolean same(Event other) {
        return what.equals(other.what) && message.equals(other.message);
    }

    Event again(Event later) {
        return new Event(first, later.last, count + later.count, what, message);
    }
}
