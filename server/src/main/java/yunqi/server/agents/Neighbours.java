package yunqi.server.agents;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.Event;
import yunqi.core.wire.Release;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/** Looks whether hosts' agents are of a release that works with this one, and tells where people look if one is not. Safe for use by many threads. */
final class Neighbours {
    private static final Logger LOG = LoggerFactory.getLogger(Neighbours.class);
    private static final Duration AGAIN = Duration.ofMinutes(5); // such an agent asks every second, for ever

    private final Store store;
    private final LinkServer.Self self;
    private final ConcurrentHashMap<UUID, Long> told = new ConcurrentHashMap<>(); // one for each host that ever was so

    Neighbours(Store store, LinkServer.Self self) {
        this.store = store;
        this.self = self;
    }

    /** Why this host is not heard, in one sentence, if it is not. */
    Optional<String> apart(UUID host, Release agent) {
        Optional<String> apart = Release.apart(self.release(), agent);
        apart.ifPresent(why -> tell(host, why));
        return apart;
    }

    private void tell(UUID host, String why) {
        long now = System.nanoTime();
        Long last = told.putIfAbsent(host, now);
        if (last == null || (now - last > AGAIN.toNanos() && told.replace(host, last, now))) {
            LOG.warn("host {} is not heard: {}", host, why);
            store.write(List.of(new Write.Tell(host, Event.of(self.clock().now(), "refused", why))));
        }
    }
}
