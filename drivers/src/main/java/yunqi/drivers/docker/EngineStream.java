package yunqi.drivers.docker;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import yunqi.core.base.EngineException;

/**
 * One request to dockerd whose answer doesn't end soon: a session, a log that is followed, events. The client library hands such answers to callbacks
 * as fast as they come and cannot end the input alone; here the reader pulls, so a slow one slows the engine down instead of filling memory.
 * It asks by HTTP/1.0, so that the answer comes as it is, without chunks.
 */
final class EngineStream implements AutoCloseable {
    private static final int BUFFER = 32 * 1024; // bytes; as much as dockerd copies at once
    private static final int HEADER_LIMIT = 16 * 1024; // bytes; dockerd's is a few hundred
    private static final Duration HEADER_WITHIN = Duration.ofSeconds(30); // an engine that is silent for longer hangs

    private final SocketChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).flip();

    private EngineStream(SocketChannel channel) {
        this.channel = channel;
    }

    /** What is asked. {@code target} is of our making, never a tenant's; {@code within} bounds the wait for the head of the answer. */
    record Request(String method, String target, String json, Duration within) {
        static Request get(String target) {
            return new Request("GET", target, "", HEADER_WITHIN);
        }

        static Request post(String target, String json) {
            return new Request("POST", target, json, HEADER_WITHIN);
        }
    }

    /** Sends the request and reads the head of the answer. */
    static EngineStream open(Path socket, Request request) throws EngineException {
        EngineStream stream;
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            stream = new EngineStream(channel);
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    "dockerd does not answer at " + socket + " (" + e.getMessage() + ")",
                    e);
        }
        Thread watchdog = Thread.ofVirtual().start(() -> stream.closeIfSilent(request.within()));
        try {
            byte[] body = request.json().getBytes(StandardCharsets.UTF_8);
            String head = request.method() + " " + request.target()
                    + " HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                    + "\r\n\r\n";
            stream.write(head.getBytes(StandardCharsets.US_ASCII));
            stream.write(body);
            stream.readHead(request.target());
            return stream;
        } catch (IOException e) {
            stream.close();
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    "dockerd broke off " + request.target() + " (" + e.getMessage() + ")",
                    e);
        } catch (EngineException e) {
            stream.close();
            throw e;
        } finally {
            watchdog.interrupt();
        }
    }

    private void closeIfSilent(Duration within) {
        try {
            Thread.sleep(within);
            close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the head came in time
        }
    }

    private void readHead(String target) throws IOException, EngineException {
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            if (!buffer.hasRemaining() && !fill()) {
                throw new IOException("no answer");
            }
            head.append((char) (buffer.get() & 0xFF));
            if (head.length() > HEADER_LIMIT) {
                throw new IOException("an answer of headers only");
            }
        }
        String[] status = head.toString().split("[ \r]", 3);
        int code = status.length > 1 && status[1].matches("[0-9]{3}") ? Integer.parseInt(status[1]) : 0;
        if (code >= 300 || code == 0) {
            StringBuilder complaint = new StringBuilder();
            while (complaint.length() < HEADER_LIMIT && (buffer.hasRemaining() || fill())) {
                complaint.append(StandardCharsets.UTF_8.decode(buffer));
            }
            throw DockerConnection.complaint(target, code, complaint.toString(), new IOException("status " + code));
        }
    }

    /** The next bytes as they come, valid until the next call; empty at the end. */
    Optional<ByteBuffer> next() throws IOException {
        if (!buffer.hasRemaining() && !fill()) {
            return Optional.empty();
        }
        ByteBuffer all = buffer.slice();
        buffer.position(buffer.limit());
        return Optional.of(all);
    }

    /** Exactly this many bytes, copied; empty if the end comes before. */
    Optional<ByteBuffer> next(int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            if (!buffer.hasRemaining() && !fill()) {
                return Optional.empty();
            }
            int part = Math.min(bytes.remaining(), buffer.remaining());
            bytes.put(buffer.slice(buffer.position(), part));
            buffer.position(buffer.position() + part);
        }
        return Optional.of(bytes.flip());
    }

    private boolean fill() throws IOException {
        buffer.clear();
        try {
            int count = channel.read(buffer);
            buffer.flip();
            return count > 0;
        } catch (ClosedChannelException e) {
            buffer.flip();
            return false; // closed by another thread, or before: that is how a session ends
        }
    }

    void write(byte[] bytes) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(bytes);
        while (all.hasRemaining()) {
            channel.write(all);
        }
    }

    void closeInput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException("a Unix socket cannot be closed", e);
        }
    }
}
