package yunqi.agent.link;

import java.time.Duration;
import java.util.Optional;
import yunqi.core.base.EngineException;
import yunqi.core.wire.Link;

/** What the local loop asks of the server. {@code UNAVAILABLE} while it doesn't answer. */
public interface ServerLink {
    /** Assignments after this version (0: all); empty if there was nothing new within {@code longest}. */
    Optional<Link.Assignments> assignments(long after, Duration longest) throws EngineException;

    Link.Ack observe(Link.Observation observation) throws EngineException;
}
