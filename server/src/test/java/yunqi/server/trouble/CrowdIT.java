package yunqi.server.trouble;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import yunqi.server.ApiForTests;
import yunqi.server.Eventually;
import yunqi.server.store.MemoryStore;

/** Five thousand connections at once, from several addresses, most of which never say anything: everybody else is answered all the while, and nothing is kept afterwards. */
final class CrowdIT {
    private static final int ADDRESSES = 5; // one alone may not have so many
    private static final int CONNECTIONS = 5_000;
    private static final int FILES = 2 * CONNECTIONS + 2_000;
    private static final int HALF = 2; // of every so many one begins a handshake
    private static final int WATCHES = 100;
    private static final long EACH = 24L << 10; // a connection that begins a handshake
    private static final long GROWTH =
            24L << 20; // afterwards: what is left to later connections, and what was loaded meanwhile
    private static final long PATIENT = Duration.ofSeconds(20).toNanos(); // on a machine that does much else

    @Test
    void othersAreAnsweredAndNothingIsKept() throws Exception {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            assertThat(system.getMaxFileDescriptorCount())
                    .as("open files that this process may have, for both ends of each connection: 'ulimit -n "
                            + 2 * FILES + "' before ./dev allows more")
                    .isGreaterThan(FILES);
        }
        List<SocketChannel> silent = new ArrayList<>();
        List<SSLSocket> watching = new ArrayList<>();
        try (ApiForTests api = ApiForTests.on(new MemoryStore(Instant::now), Instant::now);
                HttpClient other = HttpClient.newBuilder()
                        .sslContext(ApiForTests.trusting(api.authority))
                        .localAddress(InetAddress.ofLiteral("127.0.0.99"))
                        .build()) {
            answered(other, api);
            long before = used();
            try {
                for (int i = 0; i < CONNECTIONS - WATCHES; i++) {
                    silent.add(connect(api, i));
                    if (i % 500 == 0) {
                        answered(other, api);
                    }
                }
                for (int i = 0; i < WATCHES; i++) {
                    watching.add(watch(api, i));
                }
                for (int i = 0; i < 10; i++) {
                    answered(other, api);
                }
                assertThat(used() - before).as("held for all of them").isLessThan(EACH * CONNECTIONS);
            } finally {
                for (SocketChannel channel : silent) {
                    channel.close();
                }
                for (SSLSocket socket : watching) {
                    socket.close();
                }
            }
            answered(other, api);
            silent.clear();
            watching.clear();
            Eventually.within(
                    Duration.ofSeconds(60), "memory is given back", () -> used() - before, grown -> grown < GROWTH);
        }
    }

    private static void answered(HttpClient other, ApiForTests api) throws Exception {
        long began = System.nanoTime();
        HttpRequest request = HttpRequest.newBuilder(api.uri("/v1/projects"))
                .header("Authorization", "Bearer " + api.token)
                .timeout(Duration.ofSeconds(60))
                .build();
        assertThat(other.send(request, HttpResponse.BodyHandlers.discarding()).statusCode())
                .isEqualTo(200);
        assertThat(System.nanoTime() - began).isLessThan(PATIENT);
    }

    private static SocketChannel connect(ApiForTests api, int number) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 4_096);
        channel.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.1." + (1 + number % ADDRESSES)), 0));
        channel.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), api.uri("/").getPort()));
        if (number % HALF == 0) {
            channel.write(ByteBuffer.wrap(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 252, 3, 3}));
        }
        return channel;
    }

    /** A watch that nobody reads. */
    private static SSLSocket watch(ApiForTests api, int number) throws Exception {
        SocketChannel channel = connect(api, 2 * number + 1);
        SSLSocket socket = (SSLSocket) ApiForTests.trusting(api.authority)
                .getSocketFactory()
                .createSocket(channel.socket(), "127.0.0.1", api.uri("/").getPort(), true);
        socket.getOutputStream()
                .write(("GET /v1/projects?watch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + api.token + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        assertThat(socket.getInputStream().read()).isEqualTo('H');
        return socket;
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
