package yunqi.server.store;

import java.time.Instant;

/**
 * A time in which a store has forgotten nothing. A new one begins whenever it may have gone back to an older state: after a restore, and when a standby took over that had not got the last
 * transactions. {@code start} is the version at which its change log begins, behind every version of the eras before; it is 0 in the first.
 */
public record Era(long start, Instant since) {
    /** In each second of the clock an era can begin behind a million versions: more than any database makes. */
    static final int SHIFT = 20;

    /** There may be things that somebody was told once and this store doesn't know. */
    public boolean forgetful() {
        return start > 0;
    }

    /** The epoch after this one, which nobody was ever given, also none that this store has forgotten. */
    public long next(long epoch) {
        return Math.max(epoch + 1, start);
    }
}
