package yunqi.trials.simulation.planted;

import yunqi.agent.state.Memories;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.reconcile.Again;
import yunqi.core.wire.Link;
import yunqi.drivers.fake.FakeHost;
import yunqi.server.control.Turn;
import yunqi.server.control.Work;
import yunqi.server.store.Store;
import yunqi.trials.simulation.world.World;

/** Where a mistake can be planted: everything that the production code is given passes through here, and all but the one mistake passes as it is. */
public final class Plants {
    private final Planted planted;
    private final World world;

    public Plants(Planted planted, World world) {
        this.planted = planted;
        this.world = world;
    }

    public boolean is(Planted mistake) {
        return planted == mistake;
    }

    /** The store as a server with this clock has it; {@code real} is what there is. */
    public Store store(Store store, Store real, Clock clock) {
        return planted == Planted.NOTHING ? store : new PlantedStore(store, planted, real, world, clock);
    }

    public Work work(Work work) {
        return planted == Planted.NO_SWEEP ? new SweptOnce(work) : work;
    }

    public InstanceDriver instances(InstanceDriver driver, FakeHost machine, Memories memories) {
        return switch (planted) {
            case ORPHANS_DESTROYED -> new TidyInstances(driver, memories);
            case START_REPEATED -> new HastyInstances(driver, machine);
            default -> driver;
        };
    }

    /** What an agent hears as the server's answer to its report. */
    public Link.Ack heard(Link.Ack ack) {
        return planted == Planted.NEVER_RESENT ? new Link.Ack(false) : ack;
    }

    /** Only the first sweep is done. */
    private static final class SweptOnce implements Work {
        private final Work work;
        private boolean swept;

        SweptOnce(Work work) {
            this.work = work;
        }

        @Override
        public String kind() {
            return work.kind();
        }

        @Override
        public Again perform(java.util.UUID id, Turn turn) throws EngineException {
            return work.perform(id, turn);
        }

        @Override
        public void sweep(Turn turn) throws EngineException {
            if (!swept) {
                work.sweep(turn);
                swept = true;
            }
        }
    }
}
