package yunqi.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.server.Eventually;
import yunqi.server.audit.AuditTrail;
import yunqi.server.crowd.Limits;
import yunqi.server.store.MemoryAudit;
import yunqi.server.store.StoreUnavailable;
import yunqi.server.tls.Authorities;
import yunqi.server.tls.Authority;

/** What the listener does whatever the routes are: limits, faults, TLS. */
final class HttpTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private record Word(String word) {}

    private final CountDownLatch release = new CountDownLatch(1);
    private final Measures measures = new Measures();
    private final AuditTrail audit = AuditTrail.open(new MemoryAudit(), Instant::now, "server-1");
    private final Http.Books books = new Http.Books(measures, audit);
    private final Http http;
    private final SSLContext tls;
    private final HttpClient client;

    HttpTest(@TempDir Path folder) throws Exception {
        Authority authority = Authorities.open(folder, Instant::now);
        List<Route> routes = List.of(
                Route.get(Right.ANYONE, "/ok", "Answers", _ -> Reply.ok(new Word("ok"))),
                Route.get(Right.ANYONE, "/bug", "Fails", _ -> {
                    throw new IllegalStateException("secret internals");
                }),
                Route.get(Right.ANYONE, "/away", "The store is away", _ -> {
                    throw new StoreUnavailable("no answer", new java.io.IOException("x"));
                }),
                Route.get(Right.ANYONE, "/slow", "Waits", _ -> {
                    release.await();
                    return Reply.ok(new Word("done"));
                }),
                Route.get(
                        Right.ANYONE,
                        "/stream",
                        "Streams",
                        _ -> Reply.streamed("text/event-stream", out -> {
                            out.write("first\n".getBytes(StandardCharsets.UTF_8));
                            out.flush();
                            release.await();
                        })));
        this.http = new Http(
                new Http.Listen("127.0.0.1", 0, authority.api(List.of("127.0.0.1"))),
                new Http.Table(routes, List.of(), List.of()),
                _ -> Caller.NOBODY,
                books,
                new Limits(
                        2,
                        1,
                        64,
                        8 << 20,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(60)));
        http.start();
        this.tls = trusting(authority.certificate());
        this.client = HttpClient.newBuilder().sslContext(tls).build();
    }

    @AfterEach
    void close() {
        release.countDown();
        http.close();
        audit.close();
        client.close();
    }

    @Test
    void aFaultOfOursIsAnsweredWithoutInternals() throws Exception {
        HttpResponse<String> answer = get("/bug");
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).contains("\"code\":\"fault\"").doesNotContain("secret");
        assertThat(answer.body())
                .contains(answer.headers().firstValue("X-Request-Id").orElseThrow());
    }

    @Test
    void aStoreThatIsAwayIsAnsweredWithWhenToTryAgain() throws Exception {
        HttpResponse<String> answer = get("/away");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).contains("2");
        assertThat(answer.body()).contains("\"code\":\"store-unavailable\"");
    }

    @Test
    void moreRequestsThanTheLimitAreToldToComeBack() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> slow = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                slow.add(threads.submit(() -> get("/slow").statusCode()));
            }
            // One of the three found both places taken, waited for its turn, and was told to come back.
            Eventually.within(
                    PATIENCE,
                    "one has its answer",
                    () -> slow.stream().anyMatch(Future::isDone),
                    Boolean::booleanValue);
            release.countDown();
            List<Integer> answers = new ArrayList<>();
            for (Future<Integer> answer : slow) {
                answers.add(answer.get());
            }
            assertThat(answers).containsExactlyInAnyOrder(200, 200, 503);
        }
    }

    @Test
    void moreWatchersThanTheLimitAreToldSo() throws Exception {
        HttpResponse<InputStream> first = client.send(request("/stream"), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(new String(first.body().readNBytes(6), StandardCharsets.UTF_8))
                .isEqualTo("first\n");
        HttpResponse<String> second = get("/stream");
        assertThat(second.statusCode()).isEqualTo(429);
        assertThat(second.body()).contains("\"code\":\"too-many-watchers\"");
        assertThat(get("/ok").statusCode()).isEqualTo(200);
        first.body().close();
    }

    @Test
    void stoppingEndsStreams() throws Exception {
        HttpResponse<InputStream> stream = client.send(request("/stream"), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(new String(stream.body().readNBytes(6), StandardCharsets.UTF_8))
                .isEqualTo("first\n");
        http.close();
        try {
            assertThat(stream.body().read()).isEqualTo(-1);
        } catch (java.io.IOException e) {
            assertThat(e).isNotNull(); // cut off is as good as ended
        }
    }

    @Test
    void whatIsRefusedBeforeItIsReadHasTheSameForm() throws Exception {
        String huge = raw("GET /ok HTTP/1.1\r\nHost: x\r\nX-Long: " + "y".repeat(40_000) + "\r\n\r\n");
        assertThat(huge).startsWith("HTTP/1.1 431").doesNotContain("Jetty").doesNotContain("<html>");
        String broken = raw("NONSENSE\r\n\r\n");
        assertThat(broken).startsWith("HTTP/1.1 400").doesNotContain("Jetty").doesNotContain("<html>");
        String dots = raw("GET /ok/..%2f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(dots).startsWith("HTTP/1.1 400").contains("application/problem+json");
    }

    @Test
    void whoStillSendsWhenHeIsAnsweredHearsIt() throws Exception {
        String body = "x".repeat(12 << 20); // more than all buffers on the way hold
        String rest =
                " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        assertThat(raw("PUT /nothing" + rest)).startsWith("HTTP/1.1 404").contains("no-such-path");
        assertThat(raw("POST /ok" + rest)).startsWith("HTTP/1.1 405");
        assertThat(raw("GET /bug" + rest)).startsWith("HTTP/1.1 500");
        assertThat(raw("PUT /nothing/%zz" + rest)).startsWith("HTTP/1.1 400").contains("bad-request");
        assertThat(raw("HEAD /%0d%0aX:%201" + rest)).startsWith("HTTP/1.1 400");
        assertThat(raw("HEAD /nothing" + rest)).startsWith("HTTP/1.1 404");
        assertThat(raw("PUT /" + "y".repeat(40_000) + rest))
                .startsWith("HTTP/1.1 414")
                .contains("header-too-large");
    }

    @Test
    void whoIsHungUpOnIsToldSo() throws Exception {
        for (String path : List.of("/%zz", "/%00", "/a%0ab", "/ok/..%2f")) {
            assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"))
                    .startsWith("HTTP/1.1 400")
                    .contains("Connection: close");
        }
    }

    @Test
    void aHeadIsAnsweredAsAGetWithoutItsBody() throws Exception {
        assertThat(raw("HEAD /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200")
                .contains("Content-Length: 13")
                .endsWith("\r\n\r\n");
        assertThat(raw("HEAD /bug HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 500");
        assertThat(raw("HEAD /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200")
                .contains("text/event-stream");
    }

    @Test
    void oldProtocolsAreRefused() throws Exception {
        try (var socket = (javax.net.ssl.SSLSocket) tls.getSocketFactory().createSocket("127.0.0.1", http.port())) {
            assertThat(socket.getSupportedProtocols()).contains("TLSv1.3");
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
        }
    }

    private String printed() {
        StringBuilder text = new StringBuilder();
        measures.print(text);
        return text.toString();
    }

    @Test
    void requestsAreCountedByRoute() throws Exception {
        get("/ok");
        get("/ok");
        get("/nothing");
        // The count is made after the answer is sent.
        assertThat(Eventually.within(
                        PATIENCE, "all three are counted", this::printed, text -> text.contains("unmatched")))
                .contains("yunqi_http_requests_total{method=\"GET\",route=\"/ok\",status=\"200\"} 2")
                .contains("yunqi_http_requests_total{method=\"OTHER\",route=\"unmatched\",status=\"404\"} 1")
                .contains("yunqi_http_request_seconds_count{method=\"GET\",route=\"/ok\"} 2");
    }

    @Test
    void aTakenPortIsSaid() throws Exception {
        try (Http second = new Http(
                new Http.Listen("127.0.0.1", http.port(), tls),
                new Http.Table(List.of(), List.of(), List.of()),
                _ -> Caller.NOBODY,
                books)) {
            org.assertj.core.api.Assertions.assertThatThrownBy(second::start)
                    .isInstanceOf(java.io.IOException.class)
                    .hasMessageContaining(Integer.toString(http.port()));
        }
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + http.port() + path))
                .build();
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(request(path), HttpResponse.BodyHandlers.ofString());
    }

    private String raw(String text) throws Exception {
        try (Socket socket = tls.getSocketFactory().createSocket("127.0.0.1", http.port())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    static SSLContext trusting(String authority) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry(
                "ca",
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(authority.getBytes(StandardCharsets.UTF_8))));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
