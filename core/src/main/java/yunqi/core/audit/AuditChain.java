package yunqi.core.audit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The chain of entries. Each has the number after that of the one before, and a hash over that one's hash and all that it says itself; so whoever knows one hash knows
 * whether anything before it was changed, taken out, put in or exchanged since.
 */
public final class AuditChain {
    private static final String FORM = "yunqi-audit-1"; // of what is hashed; another form gets another number

    /** An entry's number and hash: all before it, in one line. */
    public record Mark(long number, String hash) {
        /** Before the first entry. */
        public static final Mark START = new Mark(0, "0".repeat(64));

        public static Mark of(AuditEntry entry) {
            return new Mark(entry.number(), entry.hash());
        }

        /** As one notes it down: {@code 17:c0ff…}. */
        @Override
        public String toString() {
            return number + ":" + hash;
        }
    }

    /** What a look at some entries after a mark came to. */
    public sealed interface Found {
        /** All follow, up to this one. */
        record Whole(Mark upto) implements Found {}

        /** This is the number of the first entry that is not as it was, and why that is known. */
        record Broken(long number, String why) implements Found {}
    }

    private AuditChain() {}

    /** The entries with their numbers and hashes, as they follow the mark. */
    public static List<AuditEntry> append(Mark last, List<AuditEntry> entries) {
        List<AuditEntry> chained = new ArrayList<>();
        Mark mark = last;
        for (AuditEntry entry : entries) {
            AuditEntry placed = entry.placed(mark.number + 1, "");
            placed = placed.placed(placed.number(), hash(mark.hash, placed));
            chained.add(placed);
            mark = Mark.of(placed);
        }
        return List.copyOf(chained);
    }

    /** Whether these are the entries that were appended after the mark. */
    public static Found check(Mark last, List<AuditEntry> entries) {
        Mark mark = last;
        for (AuditEntry entry : entries) {
            long expected = mark.number + 1;
            if (entry.number() > expected) {
                return new Found.Broken(
                        expected, "entry " + expected + " is missing; the next that is there is " + entry.number());
            }
            if (entry.number() < expected) {
                return new Found.Broken(entry.number(), "entry " + entry.number() + " is there twice, or out of order");
            }
            if (!hash(mark.hash, entry).equals(entry.hash())) {
                return new Found.Broken(
                        entry.number(),
                        "entry " + entry.number() + " is not what was appended after entry " + mark.number);
            }
            mark = Mark.of(entry);
        }
        return new Found.Whole(mark);
    }

    /** SHA-256 over the hash before, and every value with its length, so that no two entries look alike. */
    static String hash(String previous, AuditEntry entry) {
        StringBuilder text = new StringBuilder();
        for (String value : List.of(
                FORM,
                previous,
                Long.toString(entry.number()),
                entry.at().toString(),
                entry.who().name(),
                entry.who().token().map(UUID::toString).orElse(""),
                said(entry.who().label()),
                entry.who().from(),
                entry.what().method(),
                entry.what().route(),
                said(entry.what().project()),
                entry.what().kind(),
                entry.what().name(),
                Integer.toString(entry.outcome().status()),
                said(entry.outcome().code()),
                said(entry.outcome().field()),
                entry.request(),
                Long.toString(entry.count()))) {
            text.append(value.length()).append(':').append(value).append(',');
        }
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(text.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Nothing differs from an empty text. */
    private static String said(Optional<String> value) {
        return value.map(text -> "+" + text).orElse("");
    }
}
