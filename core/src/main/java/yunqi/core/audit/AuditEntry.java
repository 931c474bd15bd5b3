package yunqi.core.audit;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * One line of the audit. {@code at} is when it was asked, {@code request} what the answer and the server's log call it. {@code count} is how many requests it stands for: one, but
 * for what came in a flood without a token. {@code number} and {@code hash} are given when it is appended, see {@link AuditChain}.
 */
public record AuditEntry(
        long number, Instant at, Who who, What what, Outcome outcome, String request, long count, String hash) {
    public AuditEntry {
        at = at.truncatedTo(ChronoUnit.MILLIS); // no finer than every store keeps it: the hash is over it
    }

    /** Not appended yet. */
    public static AuditEntry of(Instant at, Who who, What what, Outcome outcome, String request) {
        return new AuditEntry(0, at, who, what, outcome, request, 1, "");
    }

    public AuditEntry by(Who other) {
        return new AuditEntry(number, at, other, what, outcome, request, count, hash);
    }

    public AuditEntry about(What other) {
        return new AuditEntry(number, at, who, other, outcome, request, count, hash);
    }

    public AuditEntry ended(Outcome other) {
        return new AuditEntry(number, at, who, what, other, request, count, hash);
    }

    /** Standing for so many requests. */
    public AuditEntry times(long requests) {
        return new AuditEntry(number, at, who, what, outcome, request, requests, hash);
    }

    AuditEntry placed(long place, String chained) {
        return new AuditEntry(place, at, who, what, outcome, request, count, chained);
    }
}
