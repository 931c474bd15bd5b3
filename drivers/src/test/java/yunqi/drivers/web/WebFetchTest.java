package yunqi.drivers.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;

/** Fetching from a server that does what servers do, and what they should not. Only 127.0.0.1 is opened; all else here is closed. */
class WebFetchTest {
    private static final byte[] FILE = new byte[300_000];
    private static final Bytes ENOUGH = Bytes.mebibytes(1);

    static {
        new Random(7).nextBytes(FILE);
    }

    @TempDir
    private Path folder = Path.of("");

    private final List<String> ranges = new ArrayList<>();
    private final HttpServer server;
    private Path file = Path.of("");

    WebFetchTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @BeforeEach
    void serve() {
        file = folder.resolve("file");
        server.createContext("/whole", exchange -> answer(exchange, 200, FILE, FILE.length));
        server.createContext("/parts", this::parts);
        server.createContext("/chunked", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(FILE);
            exchange.close();
        });
        server.createContext("/breaks", exchange -> answer(exchange, 200, Arrays.copyOf(FILE, 100_000), FILE.length));
        server.createContext("/gone", exchange -> answer(exchange, 404, new byte[0], -1));
        server.createContext("/busy", exchange -> answer(exchange, 503, new byte[0], -1));
        server.createContext("/loop", exchange -> redirect(exchange, "/loop"));
        server.createContext("/moved", exchange -> redirect(exchange, "/whole"));
        server.createContext(
                "/to/",
                exchange -> redirect(
                        exchange,
                        new String(
                                Base64.getUrlDecoder()
                                        .decode(exchange.getRequestURI()
                                                .getPath()
                                                .substring(4)),
                                StandardCharsets.UTF_8)));
        server.start();
    }

    @AfterEach
    void end() {
        server.stop(0);
    }

    private static void answer(HttpExchange exchange, int status, byte[] bytes, long said) throws IOException {
        exchange.sendResponseHeaders(status, said);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
            exchange.getResponseBody().flush();
        }
        exchange.close();
    }

    private static void redirect(HttpExchange exchange, String to) throws IOException {
        exchange.getResponseHeaders().add("Location", to);
        answer(exchange, 302, new byte[0], -1);
    }

    private void parts(HttpExchange exchange) throws IOException {
        String range = String.valueOf(exchange.getRequestHeaders().getFirst("Range"));
        ranges.add(range);
        int from = range.startsWith("bytes=") ? Integer.parseInt(range.substring(6, range.length() - 1)) : 0;
        if (from >= FILE.length) {
            exchange.getResponseHeaders().add("Content-Range", "bytes */" + FILE.length);
            answer(exchange, 416, new byte[0], -1);
            return;
        }
        exchange.getResponseHeaders()
                .add("Content-Range", "bytes " + from + "-" + (FILE.length - 1) + "/" + FILE.length);
        answer(exchange, from == 0 ? 200 : 206, Arrays.copyOfRange(FILE, from, FILE.length), FILE.length - from);
    }

    private String at(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    /** A path that redirects there. */
    private static String to(String address) {
        return "/to/" + Base64.getUrlEncoder().encodeToString(address.getBytes(StandardCharsets.UTF_8));
    }

    private static WebFetch web(String... opened) {
        return new WebFetch(new Reachable(List.of(opened)), _ -> {});
    }

    private void fetch(String path, Bytes most) throws EngineException {
        web("127.0.0.1").fetch(at(path), file, most);
    }

    private void fails(String path, EngineException.Kind kind, String why) {
        assertThatThrownBy(() -> fetch(path, ENOUGH)).isInstanceOfSatisfying(EngineException.class, e -> {
            assertThat(e.getMessage()).contains(why);
            assertThat(e.kind()).isEqualTo(kind);
        });
    }

    @Test
    void aFileComesWhole() throws Exception {
        for (String path : List.of("/whole", "/chunked", "/moved", "/parts")) {
            Files.deleteIfExists(file);
            fetch(path, ENOUGH);
            assertThat(Files.readAllBytes(file)).as(path).isEqualTo(FILE);
        }
    }

    @Test
    void whatBrokeOffIsGoneOnWith() throws Exception {
        fails("/breaks", EngineException.Kind.UNAVAILABLE, "it hung up 200000 bytes before the end");
        assertThat(Files.size(file)).isEqualTo(100_000);
        fetch("/parts", ENOUGH);
        assertThat(Files.readAllBytes(file)).isEqualTo(FILE);
        assertThat(ranges).containsExactly("bytes=100000-");
        fetch("/parts", ENOUGH); // all of it is here already
        assertThat(Files.readAllBytes(file)).isEqualTo(FILE);
        Files.write(file, new byte[50_000]);
        fetch("/whole", ENOUGH); // that server sends all of it always
        assertThat(Files.readAllBytes(file)).isEqualTo(FILE);
        Files.write(file, new byte[FILE.length + 1]);
        fails("/parts", EngineException.Kind.UNAVAILABLE, "another file now");
        assertThat(Files.exists(file)).isFalse();
    }

    @Test
    void troubleIsToldFromRefusal() {
        fails("/gone", EngineException.Kind.REFUSED, "status 404");
        fails("/busy", EngineException.Kind.UNAVAILABLE, "status 503");
        fails("/loop", EngineException.Kind.REFUSED, "without an end");
    }

    @Test
    void moreThanIsTakenIsRefused() {
        for (String path : List.of("/whole", "/chunked")) {
            assertThatThrownBy(() -> fetch(path, new Bytes(200_000)))
                    .hasMessageContaining("the most that is taken here")
                    .isInstanceOf(EngineException.class);
        }
        WebFetch full = new WebFetch(new Reachable(List.of("127.0.0.1")), bytes -> {
            throw new EngineException(EngineException.Kind.NO_CAPACITY, "no room for " + bytes);
        });
        assertThatThrownBy(() -> full.fetch(at("/whole"), file, ENOUGH)).hasMessageContaining("no room for 300000");
    }

    @Test
    void placesThatAreClosedAreNotConnectedTo() {
        assertThatThrownBy(() -> web().fetch(at("/whole"), file, ENOUGH))
                .hasMessageContaining("is not an address of the public Internet")
                .hasMessageContaining("images.fetchFrom");
        assertThatThrownBy(() ->
                        web().fetch("http://localhost:" + server.getAddress().getPort() + "/whole", file, ENOUGH))
                .hasMessageContaining("is not an address of the public Internet");
        int port = server.getAddress().getPort();
        for (String to : List.of(
                "http://127.0.0.2:" + port + "/whole",
                "http://169.254.169.254/latest/meta-data/",
                "http://[::1]:" + port + "/whole",
                "http://[::ffff:127.0.0.2]:" + port + "/whole",
                "http://10.0.0.1/",
                "http://0.0.0.0:" + port + "/whole",
                "//127.0.0.2:" + port + "/whole")) {
            fails(to(to), EngineException.Kind.REFUSED, "is not an address of the public Internet");
        }
        for (String to :
                List.of("file:///etc/passwd", "gopher://127.0.0.1/", "http://user:pw@127.0.0.1/", "http:///x")) {
            fails(to(to), EngineException.Kind.REFUSED, "sends to what is no address");
        }
        assertThat(Files.exists(file)).isFalse();
    }
}
