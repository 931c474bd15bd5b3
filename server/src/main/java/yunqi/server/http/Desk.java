package yunqi.server.http;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Answers requests to some routes without a socket and on the caller's thread, as {@link Http} does over one: for the simulation, whose users must meet the very code that
 * real ones meet. Whoever calls may do everything.
 */
public final class Desk {
    private static final String HERE =
            "desk"; // what a request is called in the log; the simulation has an account of its own

    private final List<Route> routes;

    public Desk(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    /** What is asked; an empty {@code body} is none. */
    public record Asked(Route.Method method, String path, Map<String, String> headers, String body) {
        public Asked {
            headers = Map.copyOf(headers);
        }
    }

    /** Does what the route of this method and path does. What it throws becomes the answer that a caller would get. */
    public Reply answer(Asked asked) {
        for (Route route : routes) {
            Optional<Map<String, String>> parameters =
                    route.method() == asked.method ? match(route.path(), asked.path) : Optional.empty();
            if (parameters.isPresent()) {
                try {
                    return route.handler()
                            .handle(new Call(
                                    new Brought(asked, parameters.get()),
                                    HERE,
                                    Caller.SITE,
                                    () -> {},
                                    Call.Deed.UNHEARD));
                } catch (Exception trouble) {
                    return Problems.reply(trouble, HERE);
                }
            }
        }
        return Problems.reply(Refused.notFound("there is no " + asked.path, ""), HERE);
    }

    private static Optional<Map<String, String>> match(String pattern, String path) {
        List<String> wanted = parts(pattern);
        List<String> given = parts(path);
        if (wanted.size() != given.size()) {
            return Optional.empty();
        }
        Map<String, String> parameters = new TreeMap<>();
        for (int i = 0; i < wanted.size(); i++) {
            String part = wanted.get(i);
            if (part.startsWith("{")) {
                parameters.put(part.substring(1, part.length() - 1), given.get(i));
            } else if (!part.equals(given.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(parameters);
    }

    private static List<String> parts(String path) {
        return new ArrayList<>(List.of(path.split("/", -1)));
    }

    private record Brought(Asked asked, Map<String, String> parameters) implements Request {
        @Override
        public String path() {
            return asked.path;
        }

        @Override
        public String from() {
            return HERE;
        }

        @Override
        public String parameter(String name) {
            String value = parameters.get(name);
            if (value == null) {
                throw new IllegalArgumentException(asked.path + " has no parameter " + name);
            }
            return value;
        }

        @Override
        public Optional<String> query(String name) {
            return Optional.empty();
        }

        @Override
        public Set<String> queries() {
            return Set.of();
        }

        @Override
        public Optional<String> header(String name) {
            return Optional.ofNullable(asked.headers.get(name));
        }

        @Override
        public InputStream body() {
            return new ByteArrayInputStream(asked.body.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String text() {
            return asked.body();
        }
    }
}
