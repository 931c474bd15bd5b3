package yunqi.server.http;

import java.util.Optional;
import yunqi.server.streams.Streams;

/** A WebSocket of the API, with {@code {ticket}} in its path. Whoever knows the ticket may open it, once. */
public record SocketRoute(String path, String summary, Opening opening) {
    /** Decides about a ticket. Empty if there is no such (any more). */
    @FunctionalInterface
    public interface Opening {
        Optional<Streams.End> open(String ticket, Streams.Side caller);
    }
}
