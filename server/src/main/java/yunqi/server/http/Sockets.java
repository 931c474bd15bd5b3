package yunqi.server.http;

import io.javalin.config.RoutesConfig;
import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;

/** WebSockets on Javalin: one {@link SocketRoute}. */
final class Sockets {
    /** The largest frame: 64 KiB and the byte that says what it is. */
    static final int FRAME_LIMIT = 64 * 1024 + 1;

    /** Pings go out more often than this; who doesn't answer within it is gone. */
    static final Duration IDLE = Duration.ofSeconds(90);

    private static final long PING_SECONDS = 30;
    private static final long SEND_SECONDS = 30; // a caller that takes nothing for so long is gone
    private static final int POLICY = 1008; // RFC 6455: policy violation
    private static final int NORMAL = 1000;
    private static final int REASON_LIMIT = 100; // bytes; RFC 6455 allows 123

    private final SocketRoute route;
    private final Map<String, SocketRoute.End> ends = new ConcurrentHashMap<>();

    private Sockets(SocketRoute route) {
        this.route = route;
    }

    static void add(RoutesConfig routes, SocketRoute route) {
        routes.ws(route.path(), new Sockets(route)::configure);
    }

    private void configure(WsConfig socket) {
        socket.onConnect(this::opened);
        socket.onBinaryMessage(message -> {
            SocketRoute.End end = ends.get(message.sessionId());
            if (end != null) {
                end.frame(copy(
                        message.data())); // the buffer is the library's, and the other end may keep it for a moment
            }
        });
        socket.onMessage(message -> message.closeSession(POLICY, "binary frames only"));
        socket.onClose(close -> over(close, true));
        socket.onError(error -> over(error, false));
    }

    private void opened(WsContext context) {
        context.enableAutomaticPings(PING_SECONDS, TimeUnit.SECONDS);
        Optional<SocketRoute.End> end = route.opening().open(context.pathParam("ticket"), new Caller(context.session));
        if (end.isEmpty()) {
            context.closeSession(POLICY, "this ticket is unknown, used or too old: ask for a new one");
            return;
        }
        ends.put(context.sessionId(), end.get());
    }

    private void over(WsContext context, boolean clean) {
        SocketRoute.End end = ends.remove(context.sessionId());
        if (end != null) {
            end.closed(clean);
        }
    }

    private static ByteBuffer copy(ByteBuffer frame) {
        return ByteBuffer.allocate(frame.remaining()).put(frame.duplicate()).flip();
    }

    private record Caller(Session session) implements SocketRoute.Peer {
        @Override
        public void send(ByteBuffer frame) throws IOException {
            Callback.Completable sent = new Callback.Completable();
            session.sendBinary(frame, sent);
            try {
                sent.get(SEND_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw new IOException("the socket is closed", e);
            } catch (TimeoutException e) {
                session.disconnect();
                throw new IOException("the caller takes nothing", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }

        @Override
        public void close(String why) {
            if (session.isOpen()) {
                String reason = why.length() <= REASON_LIMIT ? why : why.substring(0, REASON_LIMIT);
                session.close(NORMAL, reason, Callback.NOOP);
            }
        }
    }
}
