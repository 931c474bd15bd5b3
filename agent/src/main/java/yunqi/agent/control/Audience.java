package yunqi.agent.control;

import java.util.List;
import yunqi.core.base.EngineException;
import yunqi.core.instance.Assignment;

/** Who must know what is assigned to this host, besides the loop itself. */
@FunctionalInterface
public interface Audience {
    /** All that is assigned now. Told when it changes, and every half a minute. What fails is told again soon. */
    void tell(List<Assignment> assigned) throws EngineException;
}
