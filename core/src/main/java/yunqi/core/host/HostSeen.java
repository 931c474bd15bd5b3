package yunqi.core.host;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What is known of a host: its facts, when it was last heard from (server's clock, written at most every 10 seconds), engines that are not
 * well, and instances that run there but that the server doesn't know ({@code orphans}).
 */
public record HostSeen(
        Optional<HostFacts> facts, Optional<Instant> lastContact, List<EngineSeen> engines, List<UUID> orphans) {
    public static final HostSeen NOTHING = new HostSeen(Optional.empty(), Optional.empty(), List.of(), List.of());

    public HostSeen {
        engines = List.copyOf(engines);
        orphans = List.copyOf(orphans);
    }

    /** One engine process of the host. {@code restarts} counts how often it was started again after it died. */
    public record EngineSeen(String name, boolean running, int restarts, String message) {}
}
