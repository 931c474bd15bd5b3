package yunqi.server.audit;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.audit.AuditEntry;
import yunqi.core.audit.Outcome;
import yunqi.core.audit.What;
import yunqi.core.audit.Who;
import yunqi.core.base.Clock;
import yunqi.server.store.Audit;
import yunqi.server.store.Audit.Announced;
import yunqi.server.store.StoreUnavailable;

/** What keeps the audit in order beside the requests: what was left behind is appended, what was counted is written down, and the oldest are let go. */
final class Upkeep {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

    /** About 5 GB in the database. The oldest beyond that are let go, some thousands at once. */
    static final long KEPT = 10_000_000;

    /** Stands for requests of which no more is known. */
    static final What MANY = new What("*", "*", Optional.empty(), "request", "");

    /** Longer than any request takes: what is announced that long belongs to a server that was killed. */
    private static final Duration LOST = Duration.ofMinutes(15);

    private static final Duration LOOK = Duration.ofMinutes(1); // how far a flood that goes on is taken for over
    private static final int BATCH = 500; // where the cost for each has levelled off
    private static final int STEP = 10_000; // let go at once, well under the time limit of a statement
    private static final String LOST_CODE = "lost";
    private static final What FORGOTTEN = new What("DELETE", "/v1/audit", Optional.empty(), "audit", "");

    private final Audit audit;
    private final Clock clock;
    private final String by;
    private final long limit;

    Upkeep(Audit audit, Clock clock, String by, long limit) {
        this.audit = audit;
        this.clock = clock;
        this.by = by;
        this.limit = limit;
    }

    /** What is done now and then, and with {@code all} at the end. */
    void look(Flood flood, AtomicLong lost, boolean all) {
        try {
            Instant now = clock.now();
            summary(flood.takeHeld(all ? now.plus(LOOK) : now), 429, "flood", flood::giveBack);
            summary(lost.getAndSet(0), 503, LOST_CODE, lost::addAndGet);
            takeUp(""); // nobody's name: only what is old enough
            letGo();
        } catch (StoreUnavailable e) {
            LOG.warn("the audit waits for its database: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("the audit cannot be kept in order", e);
        }
    }

    /** Appends what was announced in this name, and what nobody can be working on any more; true if there may be more. */
    boolean takeUp(String name) {
        List<Announced> left = audit.left(name, clock.now().minus(LOST), BATCH);
        if (left.isEmpty()) {
            return false;
        }
        LOG.warn("{} requests were cut off before they had ended; the audit has them as unknown", left.size());
        try {
            audit.append(left);
            return left.size() == BATCH;
        } catch (StoreUnavailable e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.debug("one of them cannot be appended: each by itself", e);
        }
        boolean moved = false;
        for (Announced one : left) {
            moved |= appendByItself(one);
        }
        return moved && left.size() == BATCH; // what nothing can be done about would be found again for ever
    }

    /** One that cannot be kept takes no other with it; false if not even that can be written down. */
    private boolean appendByItself(Announced one) {
        try {
            audit.append(List.of(one));
            return true;
        } catch (StoreUnavailable e) {
            throw e;
        } catch (RuntimeException e) {
            return lost(one, true, e);
        }
    }

    /**
     * Appends, instead of an entry that cannot be kept, one that says so: when it was, and what the answer and the server's log call it. Its announcement goes with
     * that, or it would be found again at every start. False, and only logged, if that cannot be kept either; then the announcement stays as it is.
     */
    boolean lost(Announced one, boolean announced, RuntimeException why) {
        LOG.error("an entry cannot be appended to the audit, one that says so takes its place", why);
        AuditEntry entry = one.entry();
        Outcome outcome = Outcome.refused(503, LOST_CODE, Optional.empty());
        String request = entry.request().matches("[A-Za-z0-9-]{1,64}") ? entry.request() : "";
        List<Announced> instead =
                List.of(new Announced(one.id(), AuditEntry.of(entry.at(), Who.site(), MANY, outcome, request)));
        try {
            if (!announced) {
                audit.announce(by, instead);
            }
            audit.append(instead);
            return true;
        } catch (StoreUnavailable e) {
            LOG.warn("the audit waits for its database: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("an entry is lost to the audit", e);
        }
        return false;
    }

    /** One entry for many requests. What cannot be announced is given back, to be counted next time; what is announced is found again. */
    private void summary(long count, int status, String code, LongConsumer giveBack) {
        if (count > 0) {
            at(Who.anonymous(""), MANY, Outcome.refused(status, code, Optional.empty()), count, giveBack);
        }
    }

    private void at(Who who, What what, Outcome outcome, long count, LongConsumer giveBack) {
        AuditEntry entry = AuditEntry.of(clock.now(), who, what, outcome, "").times(count);
        List<Announced> one = List.of(new Announced(UUID.randomUUID(), entry));
        try {
            audit.announce(by, one);
        } catch (StoreUnavailable e) {
            giveBack.accept(count);
            throw e;
        }
        audit.append(one);
    }

    private void letGo() {
        Audit.Ends ends = audit.ends();
        long upto = Math.min(ends.start().number() + STEP, ends.head().number() - limit);
        if (upto > ends.start().number()) {
            at(
                    Who.site(),
                    FORGOTTEN,
                    Outcome.accepted(200),
                    upto - ends.start().number(),
                    _ -> {}); // it is looked at again anyway
            audit.forget(upto);
        }
    }
}
