package yunqi.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** A WebSocket of the API. Whoever knows the ticket in the path may open it, once. */
public record SocketRoute(String path, String summary, Opening opening) {
    /** The caller's side of an open WebSocket. */
    public interface Peer {
        /** Sends a frame; comes back when it is sent. */
        void send(ByteBuffer frame) throws IOException;

        /** Closes the socket. May be repeated. */
        void close(String why);
    }

    /** What is done with what the caller sends. */
    public interface End {
        /** Takes a frame. The next is read from the network when this returns: a slow end slows the caller. */
        void frame(ByteBuffer frame);

        /** The socket is closed, orderly ({@code clean}) or broken. May be repeated. */
        void closed(boolean clean);
    }

    /** Decides about a ticket. Empty if there is no such (any more). */
    @FunctionalInterface
    public interface Opening {
        Optional<End> open(String ticket, Peer caller);
    }
}
