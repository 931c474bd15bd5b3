package yunqi.agent.link;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import yunqi.core.base.EngineException;
import yunqi.core.wire.Api;
import yunqi.core.wire.Link;
import yunqi.core.wire.Release;
import yunqi.core.wire.Wire;

/** The link over HTTPS, where both ends prove who they are. Safe for use by many threads. */
public final class HttpServerLink implements ServerLink, AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(15); // for what the server answers at once
    private static final Duration SLACK = Duration.ofSeconds(10); // beyond what it may hold a question open

    private final URI server;
    private final Identity identity;
    private final Release ours;
    private volatile HttpClient client;

    /** {@code server} is such as {@code https://10.0.0.1:7444}. */
    public HttpServerLink(URI server, Identity identity) throws IOException {
        this(server, identity, Release.OURS);
    }

    /** As an agent of this release. */
    public HttpServerLink(URI server, Identity identity, Release ours) throws IOException {
        this.server = server;
        this.identity = identity;
        this.ours = ours;
        this.client = client();
    }

    private HttpClient client() throws IOException {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .sslContext(identity.tls())
                .executor(Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("link-", 0).factory()))
                .build();
    }

    @Override
    public Optional<Link.Assignments> assignments(long after, Duration longest) throws EngineException {
        HttpResponse<String> response = send(
                get("/v1/link/assignments?after=" + after + "&wait=" + longest.toSeconds(), longest.plus(SLACK)),
                HttpResponse.BodyHandlers.ofString());
        return response.statusCode() == 204 ? Optional.empty() : Optional.of(read(response, Link.Assignments.class));
    }

    @Override
    public Link.Ack observe(Link.Observation observation) throws EngineException {
        return read(post("/v1/link/observations", observation), Link.Ack.class);
    }

    /** Streams that this host should open; waits for the first at most this long. */
    List<Link.StreamRequest> streams(Duration longest) throws EngineException {
        return read(
                        send(
                                get("/v1/link/streams?wait=" + longest.toSeconds(), longest.plus(SLACK)),
                                HttpResponse.BodyHandlers.ofString()),
                        Link.Streams.class)
                .streams();
    }

    /** Opens this end of a stream. */
    WebSocket open(String ticket, WebSocket.Listener listener) throws EngineException {
        URI address = URI.create(
                "wss" + server.resolve("/v1/link/streams/" + ticket).toString().substring("https".length()));
        try {
            return client.newWebSocketBuilder()
                    .connectTimeout(CONNECT)
                    .header(Release.HEADER, ours.header())
                    .buildAsync(address, listener)
                    .get(ANSWER.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "the server does not take the stream", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Reads from the registry through the server. {@code REFUSED} if it isn't there. The caller closes it. */
    InputStream registry(String path) throws EngineException {
        HttpResponse<InputStream> response =
                send(get("/v1/link/registry/v2/" + path, ANSWER), HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() == 200) {
            return response.body();
        }
        try (InputStream body = response.body()) {
            body.readNBytes(1);
        } catch (IOException e) {
            throw unavailable("the registry's answer broke off", e);
        }
        throw response.statusCode() == 404
                ? new EngineException(EngineException.Kind.REFUSED, "the registry has no " + path)
                : new EngineException(
                        EngineException.Kind.UNAVAILABLE, "the registry answers " + response.statusCode());
    }

    /** Gets the next certificate if two thirds of this one's life are over. True if it did. */
    public boolean renew(Instant now) throws EngineException {
        try {
            if (!identity.renewalDue(now)) {
                return false;
            }
            Link.CertificateReply reply = read(
                    post("/v1/link/certificate", new Link.CertificateRequest(identity.request())),
                    Link.CertificateReply.class);
            identity.keep(reply);
            // The old client is left to its open questions: it is collected once they are answered.
            client = client();
            return true;
        } catch (IOException e) {
            throw unavailable("cannot renew this host's certificate", e);
        }
    }

    private HttpRequest get(String path, Duration longest) {
        return request(path, longest).build();
    }

    private HttpRequest.Builder request(String path, Duration longest) {
        return HttpRequest.newBuilder(server.resolve(path)).timeout(longest).header(Release.HEADER, ours.header());
    }

    private HttpResponse<String> post(String path, Object body) throws EngineException {
        return send(
                request(path, ANSWER)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(Wire.write(body)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) throws EngineException {
        try {
            HttpResponse<T> response = client.send(request, handler);
            // It says so itself, if it knows how; an old one may not know what a new one must not ask of it.
            Optional<String> apart = Release.apart(
                    Release.told(response.headers().firstValue(Release.HEADER).orElse(null)), ours);
            if (apart.isPresent()) {
                if (response.body() instanceof InputStream unread) {
                    unread.close();
                }
                throw new EngineException(EngineException.Kind.REFUSED, apart.get());
            }
            return response;
        } catch (IOException e) {
            throw unavailable("the server does not answer at " + server, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static <T> T read(HttpResponse<String> response, Class<T> type) throws EngineException {
        try {
            if (response.statusCode() == 200) {
                return Wire.lenient().readValue(response.body(), type);
            }
            Api.Problem problem = Wire.lenient().readValue(response.body(), Api.Problem.class);
            throw new EngineException(
                    response.statusCode() < 500 ? EngineException.Kind.REFUSED : EngineException.Kind.UNAVAILABLE,
                    "the server answers " + problem.code() + ": " + problem.detail());
        } catch (IOException e) {
            throw unavailable("the server's answer (" + response.statusCode() + ") cannot be read", e);
        }
    }

    private static EngineException unavailable(String what, IOException e) {
        String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new EngineException(EngineException.Kind.UNAVAILABLE, what + ": " + why, e);
    }

    private static EngineException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new EngineException(EngineException.Kind.UNAVAILABLE, "interrupted", e);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
