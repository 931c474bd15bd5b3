package yunqi.core.network;

import java.util.List;
import java.util.UUID;
import yunqi.core.base.EngineException;

/** The ports on one host. Every method may be repeated after a crash; several threads may call for different instances at once. */
public interface PortDriver {
    /** A namespace for a container, tap interfaces for a VM. */
    enum Form {
        NAMESPACE,
        TAP
    }

    /** How the ports will be reached once {@link #attach} has made them, in the order of {@code nics}. Touches nothing and waits for nothing. */
    List<Attachment> attachments(UUID instance, Form form, List<NicPlan> nics) throws EngineException;

    /**
     * Makes every port of the instance ready on this host and gives back its {@link #attachments}. With {@code NAMESPACE} all
     * share one namespace, which outlives restarts of the instance; the first interface is {@code eth0} and carries the default route. Ports of the
     * instance that are not among {@code nics} any more are removed.
     */
    List<Attachment> attach(UUID instance, Form form, List<NicPlan> nics) throws EngineException;

    /** Removes every port of the instance from this host, and its namespace, if they are there. */
    void detach(UUID instance) throws EngineException;

    /** Every port on this host that carries our mark. */
    List<PortSeen> list() throws EngineException;
}
