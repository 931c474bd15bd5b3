package yunqi.core.audit;

import java.util.Optional;
import yunqi.core.audit.AuditChain.Mark;

/**
 * What a check of the chain came to: everything is whole up to {@code upto}, whose hash is {@code hash}; {@code complete} if that is the last entry. {@code broken} is the number of the first entry
 * that is not as it was, and {@code why} says how that is known.
 */
public record AuditVerdict(long upto, String hash, boolean complete, Optional<Long> broken, Optional<String> why) {
    public static AuditVerdict whole(Mark upto, boolean complete) {
        return new AuditVerdict(upto.number(), upto.hash(), complete, Optional.empty(), Optional.empty());
    }

    public static AuditVerdict broken(Mark upto, long number, String why) {
        return new AuditVerdict(upto.number(), upto.hash(), true, Optional.of(number), Optional.of(why));
    }
}
