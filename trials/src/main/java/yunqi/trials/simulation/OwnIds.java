package yunqi.trials.simulation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import yunqi.server.store.Store;
import yunqi.server.store.StoreWrapper;
import yunqi.server.store.Write;
import yunqi.server.store.Written;
import yunqi.trials.simulation.world.World;

/** Gives what is made ids of the world's own: those that the API draws are different in each run, and the same seed must give the same events. */
final class OwnIds extends StoreWrapper {
    private static final int RANDOM = 4; // the version of an id that was drawn; others are derived from names and stay

    private final World world;

    OwnIds(Store store, World world) {
        super(store);
        this.world = world;
    }

    @Override
    public Written write(List<Write> writes) {
        Map<UUID, UUID> ids = new HashMap<>();
        for (Write write : writes) {
            if (write instanceof Write.Create create && create.row().id().version() == RANDOM) {
                ids.put(create.row().id(), new UUID(world.number(), world.number()));
            }
        }
        return super.write(
                ids.isEmpty()
                        ? writes
                        : writes.stream()
                                .map(write -> Touches.renamed(write, ids))
                                .toList());
    }
}
