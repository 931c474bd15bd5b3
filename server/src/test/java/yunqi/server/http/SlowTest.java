package yunqi.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.server.Eventually;
import yunqi.server.audit.AuditTrail;
import yunqi.server.crowd.Limits;
import yunqi.server.store.MemoryAudit;
import yunqi.server.tls.Authorities;
import yunqi.server.tls.Authority;

/** Callers who take their time, by mistake or on purpose: they hold up nobody else, and not for long. */
final class SlowTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60); // on a machine that does much else
    private static final int CONNECTIONS = 80;
    private static final int LARGE = 8 << 20; // more than what sockets hold on both sides
    private static final long MEMORY = 4L * LARGE;
    private static final Duration SHORT = Duration.ofSeconds(2);
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration TAKE = Duration.ofSeconds(5);
    private static final String OTHER = "127.0.0.77";

    private record Word(String word) {}

    private final AtomicInteger writing = new AtomicInteger();
    private final AuditTrail audit = AuditTrail.open(new MemoryAudit(), Instant::now, "server-1");
    private final Authority authority;
    private final List<Route> routes;
    private final SSLContext tls;
    private final List<Socket> sockets = new ArrayList<>();
    private @Nullable Http http;

    SlowTest(@TempDir Path folder) throws Exception {
        authority = Authorities.open(folder, Instant::now);
        byte[] piece = "x".repeat(64 * 1024).getBytes(StandardCharsets.UTF_8);
        routes = List.of(
                Route.get(Right.ANYONE, "/ok", "Answers", _ -> Reply.ok(new Word("ok"))),
                Route.put(Right.ANYONE, "/body", "Reads", call -> Reply.ok(new Word(call.text()))),
                Route.get(Right.ANYONE, "/large", "Is long", _ -> Reply.text("text/plain", "x".repeat(LARGE - 1))),
                Route.get(
                        Right.ANYONE,
                        "/stream",
                        "Never ends",
                        _ -> Reply.streamed("text/event-stream", out -> {
                            writing.incrementAndGet();
                            try {
                                while (true) {
                                    out.write(piece);
                                    out.flush();
                                }
                            } finally {
                                writing.decrementAndGet();
                            }
                        })));
        this.tls = HttpTest.trusting(authority.certificate());
    }

    private void serve(Duration between) throws Exception {
        http = new Http(
                new Http.Listen("127.0.0.1", 0, authority.api(List.of("127.0.0.1"))),
                new Http.Table(routes, List.of(), List.of()),
                _ -> Caller.NOBODY,
                new Http.Books(new Measures(), audit),
                new Limits(2, 8, CONNECTIONS, MEMORY, Duration.ofSeconds(60), between, Duration.ofSeconds(3), TAKE));
        http.start();
    }

    private int port() {
        return Objects.requireNonNull(http).port();
    }

    @AfterEach
    void close() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        Objects.requireNonNull(http).close();
        audit.close();
    }

    @Test
    void bodiesThatNeverEndHoldUpNobodyAndAreRefused() throws Exception {
        serve(LONG);
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 8; i++) { // four times as many as requests are worked on at once
            Socket socket = open("127.0.0.1");
            say(socket, "PUT /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nfirst");
            slow.add(socket);
        }
        others();
        for (Socket socket : slow) {
            assertThat(until(socket, "\"code\":\"too-slow\""))
                    .startsWith("HTTP/1.1 408")
                    .endsWith("too-slow\"");
        }
    }

    @Test
    void aBodyThatComesByteByByteIsRefusedToo() throws Exception {
        serve(LONG);
        Socket socket = open("127.0.0.1");
        say(socket, "PUT /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
        Thread drip = Thread.ofVirtual().start(() -> drip(socket));
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1))
                .isEqualTo("HTTP/1.1 408");
        socket.close();
        drip.join();
    }

    @Test
    void aHeadThatDripsInIsCutOff() throws Exception {
        serve(SHORT);
        Socket socket = open("127.0.0.1");
        say(socket, "GET /ok HTTP/1.1\r\nHost: x\r\nX-Long: ");
        assertThat(drip(socket)).as("hung up").isTrue();
    }

    @Test
    void whoNeverEndsTheHandshakeIsCutOff() throws Exception {
        serve(SHORT);
        Socket silent = plain("127.0.0.1");
        Socket dripping = plain("127.0.0.1");
        dripping.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 252, 3, 3}); // a hello begins
        assertThat(drip(dripping)).as("hung up").isTrue();
        assertThat(over(silent)).isTrue();
    }

    @Test
    void whoTakesNothingIsLetGo() throws Exception {
        serve(LONG);
        for (int i = 0; i < 4; i++) {
            say(open("127.0.0.1"), "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        Eventually.within(PATIENCE, "all four are written to", writing::get, count -> count == 4);
        others();
        Eventually.within(PATIENCE, "nobody is written to any more", writing::get, count -> count == 0);
    }

    @Test
    void answersThatAreNotTakenFillNoMemoryAndAreGivenUp() throws Exception {
        serve(LONG);
        Socket first = open("127.0.0.1");
        say(first, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(first.getInputStream().read()).as("it has begun").isEqualTo('H');
        // One address may have a quarter of the memory for answers that are on their way.
        Socket second = open("127.0.0.1");
        say(second, "GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(answer(second)).startsWith("HTTP/1.1 503").contains("\"code\":\"busy\"");
        Socket elsewhere = open(OTHER);
        say(elsewhere, "GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(answer(elsewhere)).hasSizeGreaterThan(LARGE);
        others();
        // The first is given up once it took too long; what was held for it is free again.
        Eventually.within(
                PATIENCE,
                "there is room again",
                () -> {
                    try (Socket whole = open("127.0.0.1")) {
                        say(whole, "GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
                        return answer(whole).startsWith("HTTP/1.1 200");
                    }
                },
                Boolean::booleanValue);
    }

    @Test
    void oneAddressLeavesConnectionsForOthers() throws Exception {
        serve(LONG);
        for (int i = 0; i < CONNECTIONS; i++) {
            plain("127.0.0.1");
        }
        Eventually.within(
                PATIENCE,
                "those beyond a quarter, and no others, are hung up on",
                () -> sockets.stream().filter(SlowTest::gone).count(),
                count -> count == CONNECTIONS * 3 / 4);
        others();
    }

    /** Somebody else is answered at once all the while. */
    private void others() throws Exception {
        for (int i = 0; i < 3; i++) {
            Socket other = open(OTHER);
            say(other, "GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(answer(other)).startsWith("HTTP/1.1 200");
        }
    }

    private Socket plain(String from) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(64 * 1024); // a little, so that what isn't taken stays with the server
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port()), 20_000);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        sockets.add(socket);
        return socket;
    }

    private Socket open(String from) throws IOException {
        SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(plain(from), "127.0.0.1", port(), true);
        sockets.add(socket);
        socket.startHandshake();
        return socket;
    }

    private static void say(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    private static String answer(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    /** What is answered, up to and with this word; after that the server listens for a while to what is still sent. */
    private static String until(Socket socket, String word) throws IOException {
        StringBuilder all = new StringBuilder();
        InputStream in = socket.getInputStream();
        for (int next = in.read(); next >= 0; next = in.read()) {
            all.append((char) next);
            if (all.indexOf(word) >= 0) {
                return all.toString();
            }
        }
        return all.toString();
    }

    /** Sends a byte now and then until the server has hung up; false if it never does. */
    private static boolean drip(Socket socket) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (System.nanoTime() < end) {
                socket.getOutputStream().write('a');
                socket.getOutputStream().flush();
                Thread.sleep(100);
            }
            return false;
        } catch (IOException | InterruptedException e) {
            return true;
        }
    }

    /** True if the server hangs up. */
    private static boolean over(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static boolean gone(Socket socket) {
        try {
            socket.setSoTimeout(1);
            return over(socket);
        } catch (IOException e) {
            return true;
        }
    }
}
