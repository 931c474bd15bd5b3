package yunqi.cli.stream;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import yunqi.core.wire.Link;
import yunqi.core.wire.Wire;

/** The far side of one stream: a WebSocket (RFC 6455) as small as it can be, driven by a script. */
final class OneSocket implements AutoCloseable {
    /** What the far side does once the stream is open. */
    interface Script {
        void run(OneSocket far) throws IOException;
    }

    private static final int HANG_UP_MILLIS = 5_000; // longer than the near side takes to say goodbye

    private final ServerSocket server;
    private final Thread thread;
    private final List<String> heard = new ArrayList<>();
    private DataInputStream in = new DataInputStream(java.io.InputStream.nullInputStream());
    private OutputStream out = OutputStream.nullOutputStream();

    OneSocket(Script script) throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        thread = Thread.ofVirtual().start(() -> {
            try (Socket socket = server.accept()) {
                in = new DataInputStream(socket.getInputStream());
                out = socket.getOutputStream();
                shakeHands();
                script.run(this);
                // Java's WebSocket forgets a message that it has not handed on yet when the line ends behind it, so the
                // near side is the first to hang up, as servers let it be.
                socket.setSoTimeout(HANG_UP_MILLIS);
                in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                heard("broke off: " + e.getMessage());
            }
        });
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    /** What came in, in words. */
    synchronized List<String> heard() {
        return List.copyOf(heard);
    }

    private synchronized void heard(String what) {
        heard.add(what);
    }

    private void shakeHands() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        String text = head.toString();
        heard(text.lines().findFirst().orElse(""));
        String key = text.lines()
                .filter(line -> line.regionMatches(true, 0, "Sec-WebSocket-Key:", 0, 18))
                .map(line -> line.substring(18).strip())
                .findFirst()
                .orElse("");
        out.write(
                ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                                + accept(key) + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    private static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    void send(byte channel, byte[] bytes) throws IOException {
        byte[] frame = new byte[bytes.length + 1];
        frame[0] = channel;
        System.arraycopy(bytes, 0, frame, 1, bytes.length);
        frame(0x82, frame);
    }

    void control(Link.Control control) throws IOException {
        send(Link.CONTROL, Wire.write(control).getBytes(StandardCharsets.UTF_8));
    }

    void end(int code, String reason) throws IOException {
        byte[] words = reason.getBytes(StandardCharsets.UTF_8);
        byte[] frame = new byte[words.length + 2];
        frame[0] = (byte) (code >> 8);
        frame[1] = (byte) code;
        System.arraycopy(words, 0, frame, 2, words.length);
        frame(0x88, frame);
    }

    private void frame(int type, byte[] bytes) throws IOException {
        out.write(type);
        if (bytes.length < 126) {
            out.write(bytes.length);
        } else {
            out.write(126);
            out.write(bytes.length >> 8);
            out.write(bytes.length);
        }
        out.write(bytes);
        out.flush();
    }

    /** Reads one frame of the near side: {@code input TEXT}, {@code control JSON}, or {@code close}. */
    String hear() throws IOException {
        int type = in.readUnsignedByte() & 0x0f;
        int length = in.readUnsignedByte() & 0x7f;
        if (length == 126) {
            length = in.readUnsignedShort();
        }
        byte[] mask = in.readNBytes(4);
        byte[] bytes = in.readNBytes(length);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= mask[i % 4];
        }
        String words = type == 8
                ? "close"
                : (bytes[0] == Link.INPUT ? "input " : "control ")
                        + new String(bytes, 1, bytes.length - 1, StandardCharsets.UTF_8);
        heard(words);
        return words;
    }

    @Override
    public void close() throws IOException {
        server.close();
        thread.interrupt();
    }
}
