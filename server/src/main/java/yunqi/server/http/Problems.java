package yunqi.server.http;

import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.BadValue;
import yunqi.core.wire.Api;
import yunqi.core.wire.Wire;
import yunqi.server.store.StoreUnavailable;

/** Decides, in one place, what the answer to each sort of trouble is. */
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final String TYPE = "application/problem+json";
    private static final int STORE_RETRY_SECONDS = 2;
    private static final Map<Integer, String> TITLES = Map.ofEntries(
            Map.entry(400, "The request cannot be understood"),
            Map.entry(401, "Who are you?"),
            Map.entry(404, "There is no such thing"),
            Map.entry(405, "Not in this way"),
            Map.entry(409, "Something is in the way"),
            Map.entry(410, "No longer kept"),
            Map.entry(412, "It has changed since you read it"),
            Map.entry(413, "Too large"),
            Map.entry(422, "That cannot be"),
            Map.entry(429, "Too many at once"),
            Map.entry(500, "A fault of ours"),
            Map.entry(502, "An engine does not answer"),
            Map.entry(503, "Not right now"));

    private Problems() {}

    static Reply reply(Exception trouble, String request) {
        return reply(refusal(trouble, request), request);
    }

    /** What the trouble means to the caller. Faults of ours are logged. */
    static Refused refusal(Exception trouble, String request) {
        return switch (trouble) {
            case Refused refused -> refused;
            case BadValue bad -> bad(bad);
            case StoreUnavailable away -> {
                LOG.warn("request {}: the store does not answer: {}", request, away.getMessage());
                yield Refused.later(
                        "store-unavailable",
                        "the database does not answer; the change may or may not have been made",
                        STORE_RETRY_SECONDS);
            }
            case InterruptedException _ -> {
                Thread.currentThread().interrupt();
                yield Refused.later("stopping", "the server is being stopped", STORE_RETRY_SECONDS);
            }
            default -> {
                LOG.error("request {} failed", request, trouble);
                yield new Refused(
                        500,
                        "fault",
                        "the server has a fault; what was asked may or may not have been done",
                        "tell the operator: the server's log has more under request " + request);
            }
        };
    }

    /** What cannot be read at all is 400; what can be read and cannot be is 422. */
    private static Refused bad(BadValue bad) {
        String text = String.valueOf(bad.getMessage());
        String prefix = bad.field() + ": ";
        String detail = text.startsWith(prefix) ? text.substring(prefix.length()) : text;
        if (detail.startsWith("is not valid JSON")) {
            return new Refused(400, "bad-json", "the body " + detail, "");
        }
        return Refused.unfit("bad-value", bad.field(), detail, "");
    }

    static Api.Problem problem(Refused refused, String request) {
        return new Api.Problem(
                "urn:yunqi:problem:" + refused.code(),
                TITLES.getOrDefault(refused.status(), "Refused"),
                refused.status(),
                refused.code(),
                refused.field(),
                refused.detail(),
                refused.hint(),
                request);
    }

    static Reply reply(Refused refused, String request) {
        Reply.Body body = new Reply.Body.Text(TYPE, Wire.write(problem(refused, request)));
        return new Reply(refused.status(), refused.headers(), body);
    }
}
