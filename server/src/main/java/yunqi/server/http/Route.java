package yunqi.server.http;

import java.io.IOException;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One thing that the API can do: method, path (with {@code {parameters}}), who may call it, what it takes and gives, and who does it. The table of
 * all routes is also the API's description.
 */
public record Route(Method method, String path, String summary, Caller caller, Form form, Handler handler) {
    /** HTTP methods that we use. */
    public enum Method {
        GET,
        PUT,
        POST,
        DELETE
    }

    /** Who may call. */
    public enum Caller {
        /** Whoever can reach us. */
        ANYONE,
        /** Whoever holds an operator's token. */
        OPERATOR
    }

    /** What it does. A {@link Refused} becomes the answer; any other exception is a bug or a store that is away. */
    @FunctionalInterface
    public interface Handler {
        Reply handle(Call call) throws IOException, InterruptedException;
    }

    /**
     * What goes in and out: query parameters with what each means, the record in the body if there is one, and what a good answer holds. An
     * empty {@code response} means that the answer is not JSON: {@code contentType} says what it is.
     */
    public record Form(
            Map<String, String> queries,
            Optional<Type> request,
            int status,
            Optional<Type> response,
            String contentType) {
        static final Form NOTHING = new Form(Map.of(), Optional.empty(), 200, Optional.empty(), "application/json");

        public Form {
            queries = java.util.Collections.unmodifiableMap(new TreeMap<>(queries));
        }
    }

    public static Route get(String path, String summary, Handler handler) {
        return new Route(Method.GET, path, summary, Caller.OPERATOR, Form.NOTHING, handler);
    }

    public static Route put(String path, String summary, Handler handler) {
        return new Route(Method.PUT, path, summary, Caller.OPERATOR, Form.NOTHING, handler);
    }

    public static Route post(String path, String summary, Handler handler) {
        return new Route(Method.POST, path, summary, Caller.OPERATOR, Form.NOTHING, handler);
    }

    public static Route delete(String path, String summary, Handler handler) {
        return new Route(Method.DELETE, path, summary, Caller.OPERATOR, Form.NOTHING, handler);
    }

    /** No token is needed. */
    public Route open() {
        return new Route(method, path, summary, Caller.ANYONE, form, handler);
    }

    public Route query(String name, String meaning) {
        Map<String, String> more = new TreeMap<>(form.queries);
        more.put(name, meaning);
        return with(new Form(more, form.request, form.status, form.response, form.contentType));
    }

    public Route takes(Type request) {
        return with(new Form(form.queries, Optional.of(request), form.status, form.response, form.contentType));
    }

    public Route gives(int status, Type response) {
        return with(new Form(form.queries, form.request, status, Optional.of(response), form.contentType));
    }

    public Route givesText(String contentType) {
        return with(new Form(form.queries, form.request, form.status, Optional.empty(), contentType));
    }

    private Route with(Form other) {
        return new Route(method, path, summary, caller, other, handler);
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
}
