package yunqi.server.http;

import java.io.IOException;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import yunqi.server.streams.Streams;

/**
 * One thing that the API can do: method, path (with {@code {parameters}}), who may call it, what it takes and gives, and who does it. The table of
 * all routes is also the API's description.
 */
public record Route(Method method, String path, String summary, Right right, Form form, Handler handler) {
    /** HTTP methods that we use. */
    public enum Method {
        GET,
        PUT,
        POST,
        DELETE
    }

    /** What it does. A {@link Refused} becomes the answer; any other exception is a bug or a store that is away. */
    @FunctionalInterface
    public interface Handler {
        Reply handle(Call call) throws IOException, InterruptedException;
    }

    /**
     * What goes in and out: query parameters with what each means, the record in the body if there is one, and what a good answer holds. An
     * empty {@code response} means that the answer is not JSON: {@code contentType} says what it is. {@code recorded} if the audit has an entry of it though it changes nothing.
     */
    public record Form(
            Map<String, String> queries,
            Optional<Type> request,
            int status,
            Optional<Type> response,
            String contentType,
            boolean recorded) {
        static final Form NOTHING =
                new Form(Map.of(), Optional.empty(), 200, Optional.empty(), "application/json", false);

        public Form {
            queries = java.util.Collections.unmodifiableMap(new TreeMap<>(queries));
        }
    }

    public Route {
        String named = right.scoped() ? "/v1/projects/{" : right == Right.SELF ? "/v1/users/{" : "/";
        if (!path.startsWith(named)) {
            throw new IllegalArgumentException(path + " is for " + right + " and doesn't begin with " + named);
        }
    }

    public static Route get(Right right, String path, String summary, Handler handler) {
        return new Route(Method.GET, path, summary, right, Form.NOTHING, handler);
    }

    public static Route put(Right right, String path, String summary, Handler handler) {
        return new Route(Method.PUT, path, summary, right, Form.NOTHING, handler);
    }

    public static Route post(Right right, String path, String summary, Handler handler) {
        return new Route(Method.POST, path, summary, right, Form.NOTHING, handler);
    }

    public static Route delete(Right right, String path, String summary, Handler handler) {
        return new Route(Method.DELETE, path, summary, right, Form.NOTHING, handler);
    }

    public Route query(String name, String meaning) {
        Map<String, String> more = new TreeMap<>(form.queries);
        more.put(name, meaning);
        return with(new Form(more, form.request, form.status, form.response, form.contentType, form.recorded));
    }

    public Route takes(Type request) {
        return with(new Form(
                form.queries, Optional.of(request), form.status, form.response, form.contentType, form.recorded));
    }

    public Route gives(int status, Type response) {
        return with(
                new Form(form.queries, form.request, status, Optional.of(response), form.contentType, form.recorded));
    }

    public Route givesText(String contentType) {
        return with(new Form(form.queries, form.request, form.status, Optional.empty(), contentType, form.recorded));
    }

    /** The same, with an entry in the audit whenever it is called. What is no GET always has one. */
    public Route recordedAlways() {
        return with(new Form(form.queries, form.request, form.status, form.response, form.contentType, true));
    }

    /** Whether the audit has an entry of each call, even if nothing is in its way. */
    boolean recorded() {
        return method != Method.GET || form.recorded;
    }

    private Route with(Form other) {
        return new Route(method, path, summary, right, other, handler);
    }

    /** The names of the path's parameters, in order. */
    public List<String> parameters() {
        List<String> names = new ArrayList<>();
        for (String part : path.split("/", -1)) {
            if (part.startsWith("{")) {
                names.add(part.substring(1, part.length() - 1));
            }
        }
        return names;
    }

    /** A WebSocket of the API, with {@code {ticket}} in its path. Whoever knows the ticket may open it, once. */
    public record Socket(String path, String summary, Opening opening) {
        /** Decides about a ticket. Empty if there is no such (any more). */
        @FunctionalInterface
        public interface Opening {
            Optional<Streams.End> open(String ticket, Streams.Side caller);
        }
    }
}
