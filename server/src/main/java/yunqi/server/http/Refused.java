package yunqi.server.http;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A request that is not done, and why: thrown by whoever finds out, answered as problem+json. {@code code} is a stable word; {@code field} the value at
 * fault, or empty; {@code hint} says what to do, or is empty.
 */
public final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;
    private final String field;
    private final String hint;
    private final transient Map<String, String> headers;

    private Refused(int status, String code, String field, String detail, String hint, Map<String, String> headers) {
        super(detail, null, false, false); // an answer, not a fault: nobody reads its stack
        this.status = status;
        this.code = code;
        this.field = field;
        this.hint = hint;
        this.headers = headers;
    }

    public Refused(int status, String code, String detail, String hint) {
        this(status, code, "", detail, hint, Map.of());
    }

    /** 404: there is no such thing. */
    public static Refused notFound(String detail, String hint) {
        return new Refused(404, "not-found", detail, hint);
    }

    /** 409: what is there is in the way. */
    public static Refused conflict(String code, String detail, String hint) {
        return new Refused(409, code, detail, hint);
    }

    /** 422: the value is well-formed and cannot be. */
    public static Refused unfit(String code, String field, String detail, String hint) {
        return new Refused(422, code, field, detail, hint, Map.of());
    }

    /** 503: try again after some seconds. */
    public static Refused later(String code, String detail, int seconds) {
        return new Refused(503, code, detail, "try again in " + seconds + " s")
                .with("Retry-After", Integer.toString(seconds));
    }

    /** The same with one more header in the answer. */
    public Refused with(String header, String value) {
        Map<String, String> more = new TreeMap<>(headers);
        more.put(header, value);
        return new Refused(status, code, field, detail(), hint, more);
    }

    public int status() {
        return status;
    }

    public String code() {
        return code;
    }

    public Optional<String> field() {
        return field.isEmpty() ? Optional.empty() : Optional.of(field);
    }

    public String detail() {
        return String.valueOf(getMessage());
    }

    public Optional<String> hint() {
        return hint.isEmpty() ? Optional.empty() : Optional.of(hint);
    }

    Map<String, String> headers() {
        return headers;
    }
}
