package yunqi.server.store;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import yunqi.core.audit.AuditChain.Mark;
import yunqi.core.audit.AuditEntry;
import yunqi.core.audit.AuditFilter;
import yunqi.core.base.BadValue;

/**
 * Where entries of the audit are kept. They are announced first, in any order and with or without their outcome, so that they outlive us; and then appended to the
 * one chain of all servers, where nothing is changed any more. Safe for use by many threads. Every method may throw {@link StoreUnavailable}.
 */
public interface Audit {
    /** The most that is read at once. */
    int PAGE_LIMIT = 5_000; // some megabytes

    /** An entry that waits for its place in the chain. */
    record Announced(UUID id, AuditEntry entry) {}

    /** From where the chain is kept, the last entry that was let go, and up to where it goes. */
    record Ends(Mark start, Mark head) {}

    /** Which entries: those that fit the filter, oldest first with numbers above {@code from}, or newest first with numbers below. */
    record Asked(AuditFilter filter, boolean newestFirst, long from, int limit) {
        public Asked {
            if (limit < 1 || limit > PAGE_LIMIT) {
                throw new BadValue("limit", limit + " is not between 1 and " + PAGE_LIMIT);
            }
        }

        /** All after this entry, as they were appended. */
        public static Asked after(long number, int limit) {
            return new Asked(AuditFilter.ALL, false, number, limit);
        }

        /** The newest. */
        public static Asked newest(AuditFilter filter, int limit) {
            return new Asked(filter, true, Long.MAX_VALUE, limit);
        }
    }

    /** Remembers the entries in the name of this server: once this comes back they are kept, whoever is killed. Doing so again does nothing. */
    void announce(String by, List<Announced> entries);

    /** Appends those entries that are announced, in this order, and no longer announced afterwards: doing so again does nothing. */
    void append(List<Announced> entries);

    /** At most so many that are announced: by this server, or by any before that moment. */
    List<Announced> left(String by, Instant before, int limit);

    List<AuditEntry> list(Asked asked);

    Ends ends();

    /** Lets go of all entries up to this one, which has to be there. The chain is kept, and can be checked, from there on. */
    void forget(long upto);
}
