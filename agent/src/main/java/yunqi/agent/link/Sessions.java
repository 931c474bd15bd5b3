package yunqi.agent.link;

import java.util.List;
import yunqi.core.base.EngineException;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.Session;
import yunqi.core.wire.Link;

/** Opens what a stream request asks for, with whichever engine has the instance. */
public final class Sessions {
    private final List<InstanceDriver> drivers;

    public Sessions(List<InstanceDriver> drivers) {
        this.drivers = List.copyOf(drivers);
    }

    Session open(Link.StreamRequest request) throws EngineException {
        InstanceId id = new InstanceId(request.instance());
        for (InstanceDriver driver : drivers) {
            if (driver.find(id).isPresent()) {
                return switch (request.kind()) {
                    case CONSOLE -> driver.console(id);
                    case EXEC -> driver.exec(id, request.command(), request.terminal());
                    case LOGS -> driver.logs(id, request.tail(), request.follow());
                };
            }
        }
        throw new EngineException(EngineException.Kind.REFUSED, "the instance is not on its host (yet, or any more)");
    }
}
