package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.server.store.MemoryStore;

/** The way to the registry through the API. */
final class RelayTest {
    private static final int LARGE = 20 << 20; // more than any body that the API itself takes

    private final Instant now = ApiForTests.BEGIN;
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final HttpServer registry;
    private final ApiForTests api;

    RelayTest() throws Exception {
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.createContext("/v2/", this::answer);
        registry.start();
        api = new ApiForTests(
                new MemoryStore(() -> now),
                () -> now,
                URI.create("http://127.0.0.1:" + registry.getAddress().getPort()));
    }

    @AfterEach
    void close() throws Exception {
        api.close();
        registry.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(exchange.getRequestBody().readAllBytes());
            seen.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().containsKey("Authorization"));
            exchange.getResponseHeaders()
                    .add(
                            "Location",
                            "http://127.0.0.1:" + registry.getAddress().getPort()
                                    + "/v2/default/x/blobs/uploads/1?s=a%3D");
            exchange.getResponseHeaders()
                    .add("Docker-Content-Digest", "sha256:" + HexFormat.of().formatHex(digest));
            exchange.getResponseHeaders().add("Content-Type", "application/vnd.oci.image.manifest.v1+json");
            byte[] body = "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(202, exchange.getRequestMethod().equals("HEAD") ? -1 : body.length);
            if (!exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseBody().write(body);
            }
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
    }

    @Test
    void whatIsPushedArrivesWholeAndTheWayBackLeadsThroughUs() throws Exception {
        byte[] blob = new byte[LARGE];
        new java.util.Random(7).nextBytes(blob);
        ApiForTests.Answer answer = api.send(api.request("/v2/default/x/blobs/uploads/1?digest=sha256%3Aab")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(blob))
                .build());
        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.header("Docker-Content-Digest"))
                .isEqualTo("sha256:"
                        + HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(blob)));
        assertThat(answer.header("Location"))
                .isEqualTo(api.uri("/v2/default/x/blobs/uploads/1?s=a%3D").toString());
        assertThat(answer.response().headers().allValues("Content-Type"))
                .hasSize(1)
                .allMatch(type -> type.startsWith("application/vnd.oci.image.manifest.v1+json"));
        assertThat(seen).containsExactly("PUT /v2/default/x/blobs/uploads/1?digest=sha256%3Aab false");
    }

    @Test
    void everyMethodOfTheRegistryPasses() throws Exception {
        for (String method : List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")) {
            HttpRequest request = api.request("/v2/default/x/manifests/latest")
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build();
            assertThat(api.send(request).status()).as(method).isEqualTo(202);
        }
        assertThat(api.get("/v2/").text()).isEqualTo("{}");
        assertThat(seen).hasSize(7);
    }

    @Test
    void strangersAreChallengedAsRegistryClientsUnderstand() throws Exception {
        ApiForTests.Answer answer =
                api.send(HttpRequest.newBuilder(api.uri("/v2/")).build());
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).isEqualTo("Basic realm=\"yunqi\"");
        assertThat(seen).isEmpty();
    }

    @Test
    void aRegistryThatIsAwayIsSaid() throws Exception {
        registry.stop(0);
        ApiForTests.Answer answer = api.get("/v2/default/x/manifests/latest");
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.at("/code")).isEqualTo("registry-unavailable");
    }
}
