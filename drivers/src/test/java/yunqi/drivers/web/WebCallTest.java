package yunqi.drivers.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;

/** Small questions to a server, and what it may not do to us. */
class WebCallTest {
    private final HttpServer server;
    private final WebCall call = new WebCall(Place.MACHINE.reachable(), Optional.empty());

    WebCallTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @BeforeEach
    void serve() {
        server.createContext("/echo", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            answer(
                    exchange,
                    201,
                    exchange.getRequestMethod() + " " + body + " "
                            + exchange.getRequestHeaders().getFirst("Authorization"));
        });
        server.createContext("/large", exchange -> answer(exchange, 200, "x".repeat(WebCall.LIMIT + 1)));
        server.createContext("/moved", exchange -> {
            exchange.getResponseHeaders().add("Location", "/echo");
            answer(exchange, 302, "moved");
        });
        server.start();
    }

    @AfterEach
    void end() {
        server.stop(0);
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    @Test
    void aFormIsSentAndTheAnswerReadWhateverItsStatus() throws EngineException {
        WebCall.Answer answer = call.post(at("/echo"), "Bearer x", new TreeMap<>(Map.of("a b", "c&d=ü", "e", "")));
        assertThat(answer).isEqualTo(new WebCall.Answer(201, "POST a+b=c%26d%3D%C3%BC&e= Bearer x"));
        assertThat(call.get(at("/echo"), "").text()).isEqualTo("GET  null");
        assertThat(call.get(at("/nowhere"), "").status()).isEqualTo(404);
        assertThat(answer.toString()).doesNotContain("Bearer");
    }

    @Test
    void noRedirectIsFollowed() throws EngineException {
        assertThat(call.get(at("/moved"), "").status()).isEqualTo(302);
    }

    @Test
    void whatIsTooLargeIsRefused() {
        assertThatThrownBy(() -> call.get(at("/large"), "")).hasMessageContaining("more than " + WebCall.LIMIT);
    }

    @Test
    void nothingGetsOutOfAHeader() {
        assertThatThrownBy(() -> call.get(at("/echo"), "Bearer x\r\nHost: other"))
                .hasMessageContaining("no line of a header");
    }

    /** One byte now and then: each is soon enough, all of them never. */
    @Test
    void whoeverAnswersForEverIsLeft() throws Exception {
        WebCall hurried = new WebCall(Place.MACHINE.reachable(), Optional.empty(), Duration.ofMillis(700));
        try (ServerSocket slow = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = slow.accept()) {
                    while (true) {
                        socket.getOutputStream().write('H');
                        socket.getOutputStream().flush();
                        Thread.sleep(50);
                    }
                } catch (IOException | InterruptedException e) {
                    Thread.currentThread().interrupt(); // left, as it should be
                }
            });
            assertThatThrownBy(() -> hurried.get(URI.create("http://127.0.0.1:" + slow.getLocalPort() + "/"), ""))
                    .isInstanceOfSatisfying(
                            EngineException.class,
                            e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.UNAVAILABLE));
        }
    }

    @Test
    void onlyWhatIsNoNearerIsCalled() throws EngineException {
        assertThat(Place.of("127.0.0.1")).isEqualTo(Place.MACHINE);
        assertThat(Place.of("[::1]")).isEqualTo(Place.MACHINE);
        assertThat(Place.of("10.1.2.3")).isEqualTo(Place.SITE);
        assertThat(Place.of("8.8.8.8")).isEqualTo(Place.INTERNET);
        assertThatThrownBy(() -> Place.of("169.254.169.254")).isInstanceOf(EngineException.class);
        for (Place place : List.of(Place.SITE, Place.INTERNET)) {
            assertThatThrownBy(() -> new WebCall(place.reachable(), Optional.empty()).get(at("/echo"), ""))
                    .isInstanceOfSatisfying(
                            EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.REFUSED));
        }
    }
}
