package yunqi.agent.state;

import java.util.List;
import java.util.TreeMap;
import yunqi.core.instance.InstanceId;

/** Memories that outlive the agent's loop but not the process: for the simulation and for pretended hosts. */
public final class HeldMemories implements Memories {
    private final TreeMap<InstanceId, Kept> all = new TreeMap<>();
    private long epoch;

    @Override
    public synchronized List<Kept> all() {
        return List.copyOf(all.values());
    }

    @Override
    public synchronized void keep(Kept kept) {
        all.put(kept.id(), kept);
    }

    @Override
    public synchronized void forget(InstanceId id) {
        all.remove(id);
    }

    @Override
    public synchronized long hostEpoch() {
        return epoch;
    }

    @Override
    public synchronized void keepHostEpoch(long newEpoch) {
        epoch = newEpoch;
    }
}
