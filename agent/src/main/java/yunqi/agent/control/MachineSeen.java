package yunqi.agent.control;

import java.util.List;
import java.util.Optional;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostSeen;

/** What the agent knows of its machine. Asked for every report, so it must answer at once. */
public interface MachineSeen {
    /** Empty until they are known. */
    Optional<HostFacts> facts();

    List<HostSeen.EngineSeen> engines();
}
