package yunqi.core.network;

import java.time.Instant;
import java.util.Optional;

/** What control knows of a network in the engine: since when it is as wanted, or what is in the way. */
public record NetworkSeen(Optional<Instant> applied, Optional<String> trouble) {
    public static final NetworkSeen NOTHING = new NetworkSeen(Optional.empty(), Optional.empty());
}
