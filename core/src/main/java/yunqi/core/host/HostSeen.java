package yunqi.core.host;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What is known of a host: its facts, when it was last heard from (server's clock, written at most every 10 seconds), engines that are not
 * well, and instances that run there but that the server doesn't know ({@code orphans}). {@code boot} is the boot in which it last spoke: what was seen in
 * another is over. It is empty where the site itself was down since: then nothing is known of the host until it speaks. {@code down} is when the host was
 * taken down on purpose, until it is back. {@code era} is the last era of the database in which the host has told all that it holds.
 */
public record HostSeen(
        Optional<HostFacts> facts,
        Optional<Instant> lastContact,
        List<EngineSeen> engines,
        List<UUID> orphans,
        Optional<String> boot,
        Optional<Instant> down,
        long era) {
    public static final HostSeen NOTHING =
            new HostSeen(Optional.empty(), Optional.empty(), List.of(), List.of(), Optional.empty(), Optional.empty());

    /** In the database's first era, in which there is nothing that it could have forgotten. */
    public HostSeen(
            Optional<HostFacts> facts,
            Optional<Instant> lastContact,
            List<EngineSeen> engines,
            List<UUID> orphans,
            Optional<String> boot,
            Optional<Instant> down) {
        this(facts, lastContact, engines, orphans, boot, down, 0);
    }

    public HostSeen {
        engines = List.copyOf(engines);
        orphans = List.copyOf(orphans);
    }

    /** What is left to know when the site was down meanwhile. */
    public HostSeen unheard() {
        return new HostSeen(facts, lastContact, engines, orphans, Optional.empty(), down, era);
    }

    /** The same, of a host that has told everything in this era. */
    public HostSeen toldIn(long now) {
        return new HostSeen(facts, lastContact, engines, orphans, boot, down, now);
    }

    /** One engine process of the host. {@code restarts} counts how often it was started again after it died. */
    public record EngineSeen(String name, boolean running, int restarts, String message) {}
}
