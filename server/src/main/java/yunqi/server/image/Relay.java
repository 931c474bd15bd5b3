package yunqi.server.image;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import yunqi.server.http.Mount;
import yunqi.server.http.Refused;

/**
 * Passes a tree of paths on to an engine that listens on this machine only, bodies streaming both ways. The engine never sees the caller's token, and
 * its own address is replaced by ours in {@code Location}.
 */
public final class Relay implements Mount.Handler {
    /** Transfers at once: each holds two sockets and a buffer, and a disk serves no more at speed. */
    private static final int LIMIT = 64;

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofMinutes(60); // comes after the last byte of an upload is on disk
    private static final long QUEUE_SECONDS = 10;
    private static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

    /** Of one connection only (RFC 9110), ours to set, or not the engine's business. */
    private static final Set<String> DROPPED = Set.of(
            "connection",
            "keep-alive",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "host",
            "content-length",
            "authorization",
            "expect",
            "cookie",
            "set-cookie",
            "date",
            "server");

    private final URI engine;
    private final HttpClient client;
    private final Semaphore slots = new Semaphore(LIMIT, true);

    public Relay(URI engine) {
        this.engine = engine;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .executor(Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("relay-", 0).factory()))
                .build();
    }

    /** The tree of paths below this prefix, such as {@code /v2/}, for those whom the gate lets in. */
    public Mount at(String prefix, Mount.Gate gate) {
        return new Mount(prefix, METHODS, gate, this);
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response)
            throws IOException, InterruptedException {
        if (!slots.tryAcquire(QUEUE_SECONDS, TimeUnit.SECONDS)) {
            throw Refused.later("busy", "the registry has " + LIMIT + " transfers already", 5);
        }
        try {
            HttpResponse<InputStream> answer;
            try {
                answer = client.send(request(request), HttpResponse.BodyHandlers.ofInputStream());
            } catch (IOException e) {
                throw new Refused(
                        502,
                        "registry-unavailable",
                        "the registry does not answer: " + e,
                        "it is started again by itself; try again in some seconds");
            }
            try (InputStream body = answer.body()) {
                respond(request, response, answer, body);
            }
        } finally {
            slots.release();
        }
    }

    private HttpRequest request(HttpServletRequest request) throws IOException {
        String query = request.getQueryString() == null ? "" : "?" + request.getQueryString();
        HttpRequest.Builder passed = HttpRequest.newBuilder(engine.resolve(request.getRequestURI() + query))
                .timeout(ANSWER)
                .method(request.getMethod(), body(request));
        request.getHeaderNames().asIterator().forEachRemaining(name -> {
            if (!DROPPED.contains(name.toLowerCase(Locale.ROOT))) {
                request.getHeaders(name).asIterator().forEachRemaining(value -> passed.header(name, value));
            }
        });
        return passed.build();
    }

    private static HttpRequest.BodyPublisher body(HttpServletRequest request) throws IOException {
        long length = request.getContentLengthLong();
        boolean chunked = request.getHeader("Transfer-Encoding") != null;
        if (length == 0 || (length < 0 && !chunked)) {
            return HttpRequest.BodyPublishers.noBody();
        }
        InputStream in = request.getInputStream();
        HttpRequest.BodyPublisher stream = HttpRequest.BodyPublishers.ofInputStream(() -> in);
        return length < 0 ? stream : HttpRequest.BodyPublishers.fromPublisher(stream, length);
    }

    private void respond(
            HttpServletRequest request,
            HttpServletResponse response,
            HttpResponse<InputStream> answer,
            InputStream body)
            throws IOException {
        response.setStatus(answer.statusCode());
        answer.headers().map().forEach((name, values) -> {
            if (!DROPPED.contains(name.toLowerCase(Locale.ROOT))) {
                response.setHeader(name, null); // whatever our own library would say by itself
                for (String value : values) {
                    response.addHeader(name, name.equalsIgnoreCase("Location") ? ours(request, value) : value);
                }
            }
        });
        Optional<Long> length = answer.headers().firstValue("Content-Length").map(Long::parseLong);
        length.ifPresent(response::setContentLengthLong);
        if (!request.getMethod().equals("HEAD")) {
            body.transferTo(response.getOutputStream());
        }
        response.flushBuffer();
    }

    private static String ours(HttpServletRequest request, String location) {
        URI uri = URI.create(location);
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return "https://" + request.getHeader("Host") + uri.getRawPath() + query;
    }
}
