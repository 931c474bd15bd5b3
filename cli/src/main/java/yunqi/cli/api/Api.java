package yunqi.cli.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URLConnection;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Calls the API of one server. Every refusal, and every way not to reach it, is thrown as {@link Trouble} in words. */
public final class Api implements AutoCloseable {
    static final Duration CONNECT =
            Duration.ofSeconds(5); // a live server answers at once; a wrong address must be told soon
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final int PAGE = 500;
    private static final int PAGES = 2_000; // a million things; past that a list is no longer for people

    private final Contexts.Context context;
    private Optional<HttpClient> client = Optional.empty();
    private final Ahead ahead;
    private Optional<Trust> trust = Optional.empty();

    public Api(Contexts.Context context) {
        this(context, Ahead.NOTHING);
    }

    /** Goes on with the connection that was made ahead, if it is to the same cloud. */
    public Api(Contexts.Context context, Ahead ahead) {
        this.context = context;
        this.ahead = ahead;
    }

    /** The answer to a request: status, headers' values by lower-case name, and the body. */
    public record Answer(int status, SortedMap<String, String> headers, JsonNode body) {}

    public JsonNode get(String path) {
        return good(call("GET", path, Optional.empty(), Map.of())).body();
    }

    /** Empty if there is no such thing. */
    public Optional<JsonNode> find(String path) {
        Answer answer = call("GET", path, Optional.empty(), Map.of());
        return answer.status() == 404
                ? Optional.empty()
                : Optional.of(good(answer).body());
    }

    /** The whole list, page after page: {@code {"items":[…]}} as the API returns it. */
    public JsonNode list(String path, SortedMap<String, String> query) {
        SortedMap<String, String> asked = new TreeMap<>(query);
        asked.put("limit", Integer.toString(PAGE));
        JsonNode first = get(path + query(asked));
        ArrayNode items = first.withArray("items");
        String next = first.path("next").asText("");
        for (int page = 1; !next.isEmpty() && page < PAGES; page++) {
            asked.put("after", next);
            JsonNode more = get(path + query(asked));
            more.path("items").forEach(items::add);
            next = more.path("next").asText("");
        }
        ((ObjectNode) first).remove("next");
        return first;
    }

    /** Declares a thing. {@code headers} may hold a condition. */
    public Answer put(String path, JsonNode body, Map<String, String> headers) {
        return good(call("PUT", path, Optional.of(body), headers));
    }

    /** Declares a thing only if there is none of that name yet; false if there is one. */
    public boolean createIfAbsent(String path, JsonNode body) {
        if (find(path).isPresent()) {
            return false;
        }
        Answer answer = call("PUT", path, Optional.of(body), Map.of("If-None-Match", "*"));
        if (answer.status() == 409 || answer.status() == 412) {
            return false;
        }
        good(answer);
        return true;
    }

    /** Makes many things at once; the answer has a result for each. Empty if the server cannot do that: it is of a release before. */
    public Optional<JsonNode> createMany(String path, JsonNode body) {
        Answer answer = call("POST", path, Optional.of(body), Map.of());
        return answer.status() == 405
                ? Optional.empty()
                : Optional.of(good(answer).body());
    }

    public JsonNode post(String path, JsonNode body) {
        return good(call("POST", path, Optional.of(body), Map.of())).body();
    }

    /** Marks for deletion; if there is no such thing, what the server says of that. */
    public Optional<String> delete(String path) {
        Answer answer = call("DELETE", path, Optional.empty(), Map.of());
        if (answer.status() == 404) {
            return Optional.of(Problem.words(404, answer.body()));
        }
        good(answer);
        return Optional.empty();
    }

    /**
     * One call, whatever its answer. By the JDK's older client: it needs a third of the time of the newer one to get going, and most commands make one
     * call only. The newer one carries streams and uploads.
     */
    public Answer call(String method, String path, Optional<JsonNode> body, Map<String, String> headers) {
        try {
            HttpURLConnection connection = open(at(path));
            try {
                connection.setConnectTimeout((int) CONNECT.toMillis());
                connection.setReadTimeout((int) ANSWER.toMillis());
                connection.setInstanceFollowRedirects(false);
                connection.setRequestMethod(method);
                connection.setRequestProperty("Authorization", "Bearer " + context.token());
                connection.setRequestProperty("Accept", "application/json");
                headers.forEach(connection::setRequestProperty);
                if (body.isPresent()) {
                    byte[] bytes = body.get().toString().getBytes(StandardCharsets.UTF_8);
                    connection.setRequestProperty("Content-Type", "application/json");
                    connection.setDoOutput(true);
                    connection.setFixedLengthStreamingMode(bytes.length); // also: never sent a second time by itself
                    try (OutputStream out = connection.getOutputStream()) {
                        out.write(bytes);
                    }
                }
                return answer(connection);
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            throw Reach.trouble(context.url(), e);
        }
    }

    private HttpURLConnection open(URI address) throws IOException {
        boolean secure = "https".equalsIgnoreCase(address.getScheme());
        URLConnection connection =
                secure ? trust().open(address.toURL()) : address.toURL().openConnection(Proxy.NO_PROXY);
        return (HttpURLConnection) connection;
    }

    private static Answer answer(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        SortedMap<String, String> found = new TreeMap<>();
        connection.getHeaderFields().forEach((name, values) -> {
            if (name != null) {
                found.put(name.toLowerCase(Locale.ROOT), values.getFirst());
            }
        });
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new Answer(status, found, parse(in == null ? new byte[0] : in.readAllBytes()));
        }
    }

    /** A request with the token on it, for what isn't JSON. */
    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(at(path)).header("Authorization", "Bearer " + context.token());
    }

    public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return client().send(request, handler);
        } catch (IOException e) {
            throw Reach.trouble(context.url(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Trouble.failed("interrupted");
        }
    }

    /** The newer client of the JDK, made when it is first needed. */
    public synchronized HttpClient client() {
        if (client.isEmpty()) {
            HttpClient.Builder builder =
                    HttpClient.newBuilder().connectTimeout(CONNECT).version(HttpClient.Version.HTTP_1_1);
            if (context.url().startsWith("https:")) {
                builder.sslContext(trust().context());
            }
            client = Optional.of(builder.build());
        }
        return client.get();
    }

    private synchronized Trust trust() {
        if (trust.isEmpty()) {
            trust = ahead.trust(context).or(() -> Optional.of(Trust.only(context.ca())));
        }
        return trust.get();
    }

    public Contexts.Context context() {
        return context;
    }

    private URI at(String path) {
        try {
            return URI.create(context.url().replaceAll("/+$", "") + path);
        } catch (IllegalArgumentException e) {
            throw Trouble.failed("'" + context.url() + "' is not the address of a server; 'yunqi context' shows it");
        }
    }

    /** The answer, or what its problem says. */
    public Answer good(Answer answer) {
        if (answer.status() / 100 == 2) {
            return answer;
        }
        throw Problem.trouble(answer, context.url());
    }

    private static JsonNode parse(byte[] body) {
        if (body.length == 0) {
            return Json.object();
        }
        try {
            return Json.read(body);
        } catch (IOException e) {
            return TextNode.valueOf(Surroundings.line(new String(body, StandardCharsets.UTF_8)));
        }
    }

    /** {@code ?a=b&c=d}, with everything that needs it escaped. */
    public static String query(SortedMap<String, String> pairs) {
        StringBuilder text = new StringBuilder();
        pairs.forEach((key, value) -> text.append(text.isEmpty() ? '?' : '&')
                .append(key)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return text.toString();
    }

    /** One segment of a path, with everything that needs it escaped. */
    public static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public synchronized void close() {
        // Not close(): that waits for idle connections; a command that is done must end now.
        client.ifPresent(HttpClient::shutdownNow);
    }
}
