package yunqi.server.access;

import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import yunqi.core.base.Clock;
import yunqi.server.crowd.Origin;
import yunqi.server.http.Refused;

/**
 * Counts attempts to sign in, and refuses more than people make: a few for one user from one address, more for one user from everywhere (so that nobody can lock another out
 * from one place), and more from one address for all users. Each attempt counts when it begins, so that a thousand at once are not a thousand. What succeeds
 * is taken off again. Kept by each server for itself. Safe for use by many threads.
 */
public final class Attempts {
    static final Duration WINDOW = Duration.ofMinutes(5);
    static final int OF_ONE_FROM_ONE = 5;
    static final int OF_ONE = 50;
    static final int FROM_ONE = 100; // a company may sit behind one address
    private static final int KEYS = 30_000; // some megabytes; the oldest give way

    private record Count(Instant since, int attempts) {}

    private record Limit(String key, int most) {}

    private final Clock clock;
    private final Map<String, Count> counts = new LinkedHashMap<>();

    public Attempts(Clock clock) {
        this.clock = clock;
    }

    /** Counts one more. Throws {@link Refused} with 429, and counts nothing, if it is one too many. */
    synchronized void begin(String user, String from) {
        count(limits(user, from));
    }

    /** Counts one more of what is limited for each address alone, since it needs no secret that could be guessed. Throws as {@link #begin} does. */
    public synchronized void begin(String what, String from, int most) {
        count(List.of(new Limit(what + " " + Origin.of(from), most)));
    }

    private void count(List<Limit> limits) {
        Instant now = clock.now();
        for (Limit limit : limits) {
            Count count = counts.get(limit.key);
            if (count != null && count.since.plus(WINDOW).isAfter(now) && count.attempts >= limit.most) {
                long seconds = Math.max(
                        1, Duration.between(now, count.since.plus(WINDOW)).toSeconds());
                throw new Refused(
                                429,
                                "too-many-attempts",
                                "too many attempts to sign in",
                                "wait " + seconds + " s; an operator can set a new password")
                        .with("Retry-After", Long.toString(seconds));
            }
        }
        for (Limit limit : limits) {
            Count count = counts.remove(limit.key);
            if (count != null && count.since.plus(WINDOW).isAfter(now)) {
                counts.put(limit.key, new Count(count.since, count.attempts + 1));
            } else {
                counts.put(limit.key, new Count(now, 1));
            }
        }
        Iterator<String> oldest = counts.keySet().iterator();
        while (counts.size() > KEYS) {
            oldest.next();
            oldest.remove();
        }
    }

    /** The attempt was right: it was a person who knows the password. */
    synchronized void succeeded(String user, String from) {
        List<Limit> limits = limits(user, from);
        counts.remove(limits.getFirst().key);
        for (Limit limit : limits) {
            counts.computeIfPresent(limit.key, (_, count) -> new Count(count.since, Math.max(0, count.attempts - 1)));
        }
    }

    private static List<Limit> limits(String user, String from) {
        String network = Origin.of(from);
        return List.of(
                new Limit("both " + user + " " + network, OF_ONE_FROM_ONE),
                new Limit("user " + user, OF_ONE),
                new Limit("from " + network, FROM_ONE));
    }
}
