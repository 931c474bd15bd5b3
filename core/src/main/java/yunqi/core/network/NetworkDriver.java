package yunqi.core.network;

import java.util.List;
import yunqi.core.base.EngineException;

/**
 * The networks of the whole site. Every method may be repeated after a crash. {@code epoch} is that of the control loop's lease: a call with a
 * smaller epoch than the engine has seen is {@code REFUSED}, so a server that lost its lease cannot undo its successor's work.
 */
public interface NetworkDriver {
    /** Makes the network as planned, in one transaction: adds, changes and removes ports, addresses, DHCP, DNS, port security. */
    void apply(NetworkPlan plan, long epoch) throws EngineException;

    /** Removes the network and everything in it, if it is there. */
    void remove(NetworkId id, long epoch) throws EngineException;

    /** The networks that are there and carry our mark. */
    List<NetworkId> list() throws EngineException;
}
