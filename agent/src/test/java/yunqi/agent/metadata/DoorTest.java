package yunqi.agent.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.instance.Assignment;

/** Real connections, on the loopback. */
final class DoorTest {
    private static final int PATIENCE = 60_000; // of a read; a machine that is stopped for a while is no failure
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final String QUESTION = "GET /latest/meta-data/hostname HTTP/1.1\r\nHost: x\r\n\r\n";

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private InetSocketAddress door(Assignment asker, Duration longest) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.INET)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Answers answers = new Answers(new Tokens(new byte[32], Instant::now));
        open.add(new Door(
                listener,
                answers,
                ip -> Optional.of(asker).filter(_ -> ip.toString().equals("127.0.0.1")),
                longest));
        return (InetSocketAddress) listener.getLocalAddress();
    }

    private Socket connect(InetSocketAddress door) throws IOException {
        Socket socket = new Socket(door.getAddress(), door.getPort());
        socket.setSoTimeout(PATIENCE);
        open.add(socket);
        return socket;
    }

    private static void say(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** All that comes until the other end closes; empty if it breaks off without a word. */
    private static String heard(Socket socket) {
        try {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("it never ended", e);
        } catch (IOException e) {
            return "";
        }
    }

    private static Assignment web() {
        return Guest.with("web", Optional.of("é".repeat(32 * 1024)), List.of(), Guest.nic(1, "10.0.0.5"));
    }

    @Test
    void aQuestionIsAnsweredHoweverItIsCutIntoPieces() throws Exception {
        InetSocketAddress door = door(web(), Door.LONGEST);
        Socket socket = connect(door);
        for (int i = 0; i < QUESTION.length(); i++) {
            say(socket, QUESTION.substring(i, i + 1));
        }
        assertThat(heard(socket)).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nweb.blue.internal");
        Socket head = connect(door);
        say(head, QUESTION.replace("GET", "HEAD"));
        assertThat(heard(head)).contains("Content-Length: 17\r\n").endsWith("\r\n\r\n");
        Socket large = connect(door);
        say(large, "GET /latest/user-data HTTP/1.0\r\n\r\n");
        assertThat(heard(large)).contains("Content-Length: 65536\r\n").endsWith("éé");
    }

    @Test
    void aHeadThatDoesNotEndIsRefused() throws Exception {
        Socket socket = connect(door(web(), Door.LONGEST));
        say(socket, "GET / HTTP/1.1\r\nx: " + "y".repeat(Request.HEAD_LIMIT - 19));
        assertThat(heard(socket)).startsWith("HTTP/1.1 431 ");
    }

    @Test
    void whoIsSlowIsHungUpOn() throws Exception {
        Socket silent = connect(door(web(), SHORT));
        assertThat(heard(silent)).isEmpty();
        Socket drips = connect(door(web(), SHORT));
        say(drips, "GET / HT");
        assertThat(heard(drips)).isEmpty();
    }

    /** Whoever holds connections open keeps only itself from being answered, and only as long as they may last. */
    @Test
    void oneAddressHasSoManyConnectionsAndNoMore() throws Exception {
        InetSocketAddress door = door(web(), Duration.ofHours(1));
        List<Socket> held = new ArrayList<>();
        for (int i = 0; i < Door.CONNECTIONS_EACH; i++) {
            held.add(connect(door));
        }
        assertThat(heard(connect(door))).isEmpty();
        say(held.getFirst(), QUESTION);
        assertThat(heard(held.getFirst())).startsWith("HTTP/1.1 200 ");
        String answer = "";
        for (long end = System.nanoTime() + 30_000_000_000L; answer.isEmpty() && System.nanoTime() < end; ) {
            Socket next = connect(door); // the place is free once the answer's thread has ended
            try {
                say(next, QUESTION);
                answer = heard(next);
            } catch (IOException e) {
                answer = "";
            }
        }
        assertThat(answer).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void readingEverythingAtOnceIsNotTooMuch() throws Exception {
        InetSocketAddress door = door(web(), Door.LONGEST);
        for (int i = 0; i < 150; i++) {
            Socket socket = connect(door);
            say(socket, QUESTION);
            assertThat(heard(socket)).as("question " + i).startsWith("HTTP/1.1 200 ");
        }
    }
}
