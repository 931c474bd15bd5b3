package yunqi.server;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;

/** An HTTP client that sends whatever bytes it is told to: ordinary ones refuse to send what a hostile one would. One request at a time. */
final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;

    private final SSLContext tls;
    private final int port;
    private Socket socket = new Socket();
    private InputStream in = InputStream.nullInputStream();
    private OutputStream out = OutputStream.nullOutputStream();

    RawClient(SSLContext tls, int port) {
        this.tls = tls;
        this.port = port;
    }

    /** An answer: what came, as it came. Status 0 means that the server hung up without a word. */
    record Answer(int status, Map<String, String> headers, String text) {
        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }

    /** Sends this, each character as one byte, and reads one answer to them. Nothing is tried twice: a server that hangs up has to say so with its last answer. */
    Answer ask(String head, String body, boolean answerHasBody) throws IOException {
        boolean first = !socket.isConnected() || socket.isClosed();
        try {
            return once(head, body, answerHasBody);
        } catch (IOException e) {
            close();
            return new Answer(0, Map.of(), e + (first ? " on a new connection" : " on a used connection"));
        }
    }

    private Answer once(String head, String body, boolean answerHasBody) throws IOException {
        if (!socket.isConnected() || socket.isClosed()) {
            socket = tls.getSocketFactory().createSocket("127.0.0.1", port);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.setTcpNoDelay(true); // or a new connection's first request waits for an acknowledgement
            in = new BufferedInputStream(socket.getInputStream());
            out = new BufferedOutputStream(socket.getOutputStream());
        }
        out.write(head.getBytes(StandardCharsets.ISO_8859_1));
        try {
            out.write(body.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        } catch (IOException e) {
            // It may have answered before it was told everything: large bodies are refused like that.
            if (in.available() == 0) {
                throw e;
            }
        }
        String status = line();
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int code = Integer.parseInt(status.split(" ", 3)[1]);
        byte[] answer = answerHasBody ? body(headers) : new byte[0];
        if (headers.getOrDefault("connection", "").equalsIgnoreCase("close")) {
            close();
        }
        return new Answer(code, headers, new String(answer, StandardCharsets.UTF_8));
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        if (headers.containsKey("content-length")) {
            return exactly(Integer.parseInt(headers.get("content-length")));
        }
        if (!headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
            return new byte[0];
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = HexFormat.fromHexDigits(line()); size > 0; size = HexFormat.fromHexDigits(line())) {
            body.writeBytes(exactly(size));
            line();
        }
        line();
        return body.toByteArray();
    }

    private byte[] exactly(int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException("the answer ends too early");
        }
        return bytes;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int at = in.read(); at != '\n'; at = in.read()) {
            if (at < 0) {
                throw new EOFException("hung up");
            }
            if (at != '\r') {
                line.append((char) at);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
        socket = new Socket();
    }
}
