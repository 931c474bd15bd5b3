package yunqi.server.crowd;

import java.util.HashMap;
import java.util.Map;

/** Something of which there is only so much, and of which nobody may have so much that nothing is left for others. Safe for use by many threads. */
public final class Shares {
    private final long all;
    private final long each;
    private final Map<String, Long> held = new HashMap<>();
    private long total;

    public Shares(long all, long each) {
        this.all = all;
        this.each = each;
    }

    /** Takes so much for this one; false, and nothing is taken, if that is too much. */
    public synchronized boolean take(String who, long amount) {
        if (total + amount > all || held.getOrDefault(who, 0L) + amount > each) {
            return false;
        }
        takeAnyway(who, amount);
        return true;
    }

    /** Takes what cannot be refused any more; others are refused the sooner. */
    public synchronized void takeAnyway(String who, long amount) {
        total += amount;
        held.merge(who, amount, Long::sum);
    }

    public synchronized void give(String who, long amount) {
        total -= amount;
        held.computeIfPresent(who, (_, had) -> had <= amount ? null : had - amount);
    }
}
