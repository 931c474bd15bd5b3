package yunqi.server.streams;

import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets a WebSocket be one end of a stream, for users and for hosts alike. */
public final class WebSockets {
    private static final Logger LOG = LoggerFactory.getLogger(WebSockets.class);
    private static final String END = "yunqi.stream";
    private static final Duration PING = Duration.ofSeconds(20); // shorter than what proxies and firewalls forget after
    private static final Duration SILENCE = Duration.ofSeconds(90); // four pings unanswered: nobody is there
    private static final Duration LAST_WORD = Duration.ofSeconds(5); // for saying why before hanging up

    private WebSockets() {}

    /** Connects a WebSocket route to streams. {@code open} looks the ticket up; empty closes the socket. */
    public static void carry(WsConfig route, BiFunction<WsContext, Streams.Side, Optional<Streams.End>> open) {
        route.onConnect(context -> {
            context.session.setIdleTimeout(SILENCE);
            context.session.setMaxBinaryMessageSize(Streams.FRAME_LIMIT);
            Optional<Streams.End> end = open.apply(context, new SessionSide(context.session));
            if (end.isEmpty()) {
                context.session.close(
                        StatusCode.POLICY_VIOLATION, "this ticket is unknown, used or too old", Callback.NOOP);
                return;
            }
            context.attribute(END, end.get());
            context.enableAutomaticPings(PING.toSeconds(), TimeUnit.SECONDS);
        });
        route.onBinaryMessage(context -> end(context).ifPresent(end -> end.frame(context.data())));
        route.onClose(context -> end(context)
                .ifPresent(end ->
                        end.closed(context.status() == StatusCode.NORMAL || context.status() == StatusCode.SHUTDOWN)));
        route.onError(context -> {
            LOG.debug("a stream's socket broke", context.error());
            end(context).ifPresent(end -> end.closed(false));
        });
    }

    private static Optional<Streams.End> end(WsContext context) {
        Streams.End end = context.attribute(END);
        return Optional.ofNullable(end);
    }

    private record SessionSide(Session session) implements Streams.Side {
        @Override
        public void send(ByteBuffer frame) throws IOException {
            Callback.Completable sent = new Callback.Completable();
            session.sendBinary(frame, sent);
            try {
                // A reader may pause for long (a person pressed ^S); that is its right until the stream counts as
                // forgotten.
                sent.get(Streams.IDLE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                session.disconnect();
                throw new IOException("the socket is gone", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while sending", e);
            }
        }

        @Override
        public void close(String trouble) {
            if (trouble.isEmpty()) {
                session.close(StatusCode.NORMAL, "", Callback.NOOP);
            } else {
                session.sendBinary(
                        Streams.trouble(trouble),
                        Callback.from(
                                () -> session.close(StatusCode.NORMAL, "", Callback.NOOP),
                                broken -> LOG.debug("nobody hears why a stream ended", broken)));
            }
            Thread.ofVirtual().name("hang-up").start(this::hangUp);
        }

        /** A peer that reads nothing would never take our goodbye. */
        private void hangUp() {
            try {
                Thread.sleep(LAST_WORD);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            session.disconnect();
        }
    }
}
