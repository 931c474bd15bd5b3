package yunqi.drivers.fake;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import yunqi.core.base.EngineException;
import yunqi.core.base.EngineException.Kind;
import yunqi.core.network.NetworkDriver;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.PortId;

/** The networks of a pretended site. */
public final class FakeNetworks implements NetworkDriver {
    private final Faults faults;
    private final SortedMap<NetworkId, NetworkPlan> networks = new TreeMap<>();
    private long highest;

    public FakeNetworks(Faults faults) {
        this.faults = faults;
    }

    @Override
    public void apply(NetworkPlan plan, long epoch) throws EngineException {
        perform("network.apply", epoch, () -> networks.put(plan.id(), plan));
    }

    @Override
    public void remove(NetworkId id, long epoch) throws EngineException {
        perform("network.remove", epoch, () -> networks.remove(id));
    }

    @Override
    public synchronized List<NetworkId> list() throws EngineException {
        if (faults.next("network.list") instanceof Faults.Fault.Fails(var kind)) {
            throw new EngineException(kind, "network.list fails as planned");
        }
        return List.copyOf(networks.keySet());
    }

    /** What is there as it is. Looks past every fault: for whoever judges what happened. */
    public synchronized List<NetworkPlan> plans() {
        return List.copyOf(networks.values());
    }

    /** The network as it is. Looks past every fault: for whoever judges what happened. */
    public synchronized Optional<NetworkPlan> plan(NetworkId id) {
        return Optional.ofNullable(networks.get(id));
    }

    /** True if any network has this port. Looks past every fault: for whoever judges what happened. */
    public synchronized boolean knows(PortId port) {
        return networks.values().stream().anyMatch(plan -> plan.ports().stream().anyMatch(p -> p.id().equals(port)));
    }

    private synchronized void perform(String operation, long epoch, Runnable work) throws EngineException {
        Faults.Fault fault = faults.next(operation);
        if (fault instanceof Faults.Fault.Fails(var kind)) {
            throw new EngineException(kind, operation + " fails as planned");
        }
        if (epoch < highest) {
            throw new EngineException(Kind.REFUSED, "epoch " + epoch + " is over; it is now " + highest);
        }
        highest = epoch;
        work.run();
        if (fault instanceof Faults.Fault.Lies(var kind)) {
            throw new EngineException(kind, operation + " is done, but says it is not");
        }
    }
}
