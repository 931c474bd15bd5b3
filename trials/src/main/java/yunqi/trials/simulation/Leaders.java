package yunqi.trials.simulation;

import java.util.HashMap;
import java.util.Map;
import yunqi.server.store.Lease;
import yunqi.trials.simulation.world.Broken;
import yunqi.trials.simulation.world.World;

/** Who was given which lease: for checking that only its holder acts. */
final class Leaders {
    private final World world;
    private final Map<String, Lease> held = new HashMap<>();
    private final Map<Long, String> epochs = new HashMap<>();

    Leaders(World world) {
        this.world = world;
    }

    void given(Lease lease) {
        held.put(lease.loop(), lease);
    }

    /** What a control loop decides is written: it must hold its lease at this moment. */
    void decides(String owner) {
        boolean leads = held.values().stream()
                .anyMatch(lease -> lease.owner().equals(owner) && world.now().isBefore(lease.expires()));
        if (!leads) {
            throw new Broken(owner + " decides though it doesn't lead: " + held.values());
        }
    }

    /** An engine of the site is told something under an epoch: no two loops may have the same, or the engine cannot tell an old one from a new one. */
    void acts(String owner, long epoch) {
        String other = epochs.putIfAbsent(epoch, owner);
        if (other != null && !other.equals(owner)) {
            throw new Broken(owner + " acts under epoch " + epoch + ", as " + other + " did");
        }
    }
}
