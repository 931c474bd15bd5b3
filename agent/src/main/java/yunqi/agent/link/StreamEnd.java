package yunqi.agent.link;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.instance.Session;
import yunqi.core.wire.Link;
import yunqi.core.wire.Wire;

/**
 * One stream, from this host's side: what the session gives goes to the WebSocket, what the WebSocket brings goes to the session. Nothing is
 * buffered but the piece in hand: a slow end slows the other.
 */
final class StreamEnd implements WebSocket.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(StreamEnd.class);
    private static final int PIECE = 16 * 1024; // below what any WebSocket library takes as one message
    private static final int FRAME_LIMIT = 64 * 1024 + 1; // as the server has it
    private static final int REASON_LIMIT = 1_000; // characters of why it ended; a line or two on a screen
    private static final long SEND_HOURS = 2; // a reader may pause for long; the server ends what is forgotten

    private final Session session;
    private final ByteArrayOutputStream frame = new ByteArrayOutputStream();

    private StreamEnd(Session session) {
        this.session = session;
    }

    /** Opens the session and the WebSocket, and comes back when the stream is over. */
    static void carry(HttpServerLink link, Link.StreamRequest request, Sessions sessions) throws EngineException {
        Session session;
        try {
            session = sessions.open(request);
        } catch (EngineException e) {
            WebSocket socket = link.open(request.ticket(), new WebSocket.Listener() {});
            finish(socket, Optional.empty(), Optional.of(String.valueOf(e.getMessage())));
            return;
        }
        try (session) {
            StreamEnd end = new StreamEnd(session);
            WebSocket socket = link.open(request.ticket(), end);
            end.pump(socket);
        }
    }

    private void pump(WebSocket socket) {
        Optional<String> trouble = Optional.empty();
        try {
            for (Optional<Session.Chunk> chunk = session.read(); chunk.isPresent(); chunk = session.read()) {
                send(socket, chunk.get());
            }
        } catch (IOException e) {
            trouble = Optional.of("the stream broke: " + e.getMessage());
        }
        finish(socket, session.exitCode(), trouble);
    }

    private static void send(WebSocket socket, Session.Chunk chunk) throws IOException {
        byte kind = chunk.channel() == Session.Channel.ERR ? Link.ERRORS : Link.OUTPUT;
        ByteBuffer bytes = chunk.bytes();
        while (bytes.hasRemaining()) {
            byte[] piece = new byte[Math.min(PIECE, bytes.remaining())];
            bytes.get(piece);
            await(socket.sendBinary(framed(kind, piece), true));
        }
    }

    private static void finish(WebSocket socket, Optional<Integer> exitCode, Optional<String> trouble) {
        Optional<String> reason = trouble.map(text -> text.substring(0, Math.min(text.length(), REASON_LIMIT)));
        Link.Control control = new Link.Control(Optional.empty(), Optional.empty(), false, exitCode, reason);
        try {
            await(socket.sendBinary(framed(Link.CONTROL, Wire.write(control).getBytes(StandardCharsets.UTF_8)), true));
            await(socket.sendClose(WebSocket.NORMAL_CLOSURE, ""));
        } catch (IOException e) {
            LOG.debug("nobody hears how a stream ended: {}", e.getMessage());
            socket.abort();
        }
    }

    private static ByteBuffer framed(byte kind, byte[] bytes) {
        return ByteBuffer.allocate(bytes.length + 1).put(kind).put(bytes).flip();
    }

    private static void await(CompletableFuture<WebSocket> sent) throws IOException {
        try {
            sent.get(SEND_HOURS, TimeUnit.HOURS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the server's end is gone", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        if (frame.size() + bytes.length > FRAME_LIMIT) {
            session.close();
            return null;
        }
        frame.writeBytes(bytes);
        if (last) {
            byte[] whole = frame.toByteArray();
            frame.reset();
            try {
                take(whole);
            } catch (IOException e) {
                // The session is over for what goes in; what still comes out, and how it ended, is told by the pump.
                LOG.debug("input is not taken: {}", e.getMessage());
            }
        }
        socket.request(1);
        return null;
    }

    private void take(byte[] whole) throws IOException {
        if (whole.length == 0) {
            return;
        }
        byte[] rest = java.util.Arrays.copyOfRange(whole, 1, whole.length);
        if (whole[0] == Link.INPUT) {
            session.write(rest);
        } else if (whole[0] == Link.CONTROL) {
            Link.Control control = Wire.lenient().readValue(rest, Link.Control.class);
            if (control.columns().isPresent() && control.rows().isPresent()) {
                session.resize(control.columns().get(), control.rows().get());
            }
            if (control.endOfInput()) {
                session.closeInput();
            }
        }
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
        session.close();
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable broken) {
        LOG.debug("a stream's socket broke", broken);
        session.close();
    }
}
