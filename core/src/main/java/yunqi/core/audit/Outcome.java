package yunqi.core.audit;

import java.util.Optional;
import java.util.regex.Pattern;

/** How it ended: the answer's status, and of a refusal its code and the field at fault. */
public record Outcome(int status, Optional<String> code, Optional<String> field) {
    /** Of what was begun when the server ended: it was done or it was not. */
    public static final Outcome UNKNOWN = new Outcome(0, Optional.of("unknown"), Optional.empty());

    private static final int REFUSALS = 400; // statuses from here on

    // Field names of ours look so. Others are the caller's own words, such as a field that there isn't.
    private static final Pattern FIELD =
            Pattern.compile("[A-Za-z][A-Za-z0-9-]{0,39}((\\.[A-Za-z][A-Za-z0-9-]{0,39})|(\\[[0-9]{1,6}])){0,8}");

    /** The three ways, as one searches for them. */
    public enum Result {
        ACCEPTED,
        REFUSED,
        UNKNOWN
    }

    public static Outcome accepted(int status) {
        return new Outcome(status, Optional.empty(), Optional.empty());
    }

    /** {@code field} is kept if it looks like one of ours. */
    public static Outcome refused(int status, String code, Optional<String> field) {
        return new Outcome(
                status, Optional.of(code), field.map(name -> FIELD.matcher(name).matches() ? name : "(other)"));
    }

    public Result result() {
        return status == 0 ? Result.UNKNOWN : status < REFUSALS ? Result.ACCEPTED : Result.REFUSED;
    }
}
