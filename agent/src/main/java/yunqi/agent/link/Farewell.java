package yunqi.agent.link;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Link;

/**
 * The last words of a host that is taken down: what it said of its instances is over. Should the server not hear them, it finds out by the silence.
 */
public final class Farewell {
    private static final Logger LOG = LoggerFactory.getLogger(Farewell.class);

    private Farewell() {}

    /** {@code boot} is the one that begins now. */
    public static void say(URI server, Identity identity, long hostEpoch, String boot) {
        Link.Observation last = new Link.Observation(
                hostEpoch,
                boot,
                true,
                List.of(),
                List.of(),
                Digests.ofSeen(Map.of()),
                Optional.empty(),
                List.of(),
                List.of(),
                false,
                true);
        try (HttpServerLink link = new HttpServerLink(server, identity)) {
            link.observe(last);
        } catch (EngineException | IOException e) {
            LOG.info("the server is not told that this host is taken down: {}", e.getMessage());
        }
    }
}
