package yunqi.trials.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import yunqi.core.base.EngineException;
import yunqi.core.reconcile.Again;
import yunqi.drivers.fake.FakeNetworks;
import yunqi.server.agents.HostLink;
import yunqi.server.control.Control;
import yunqi.server.control.Decided;
import yunqi.server.control.HostWork;
import yunqi.server.control.InstanceWork;
import yunqi.server.control.NetworkWork;
import yunqi.server.control.Turn;
import yunqi.server.control.Work;
import yunqi.server.store.FailingStore;
import yunqi.server.store.Store;
import yunqi.server.store.StoreUnavailable;

/** One server: its control loop and its end of the link, over a store that fails. Can be killed, and stopped for a while as if it slept. */
final class SimServer {
    private static final Duration BACK = Duration.ofSeconds(5); // until a killed server is up again
    private final String name;
    private final Cloud cloud;
    private Store store;
    private Control control;
    private HostLink link;
    private boolean up = true;
    private Instant stepAt = Instant.MAX;
    private int lives;

    SimServer(String name, Cloud cloud) {
        this.name = name;
        this.cloud = cloud;
        // The first life begins before any fault, so that there is something to go wrong.
        this.store = store();
        this.link = new HostLink(cloud.store(), cloud.world());
        this.control = control();
        wake(Duration.ZERO);
    }

    boolean up() {
        return up;
    }

    String name() {
        return name;
    }

    HostLink link() {
        return link;
    }

    int bugs() {
        return control.bugs();
    }

    private Store store() {
        Store real = PlantedStore.over(new OldNews(cloud.store(), cloud), cloud.planted(), cloud.store());
        return new FailingStore(real, call -> {
            Weather weather = cloud.weather();
            if (cloud.world().chance(weather.killed() / 20)) {
                throw new Killed();
            }
            if (cloud.world().chance(weather.storeLost())) {
                return cloud.world().chance(0.5)
                        ? FailingStore.Fault.UNAVAILABLE_BEFORE
                        : FailingStore.Fault.UNAVAILABLE_AFTER;
            }
            return cloud.world().chance(weather.storeStale()) ? FailingStore.Fault.STALE : FailingStore.Fault.NONE;
        });
    }

    private Control control() {
        lives++;
        FakeNetworks networks = cloud.networks();
        Decided decided = new Decided();
        InstanceWork instances = new InstanceWork(store, decided);
        List<Work> works = new ArrayList<>(
                List.of(instances, new NetworkWork(store, decided, networks), new HostWork(store, decided, instances)));
        if (cloud.planted() == Planted.NO_SWEEP) {
            works.replaceAll(SweptOnce::new);
        }
        return new Control(store, cloud.world(), name + "-" + lives, works);
    }

    /** Something may have changed. */
    void wake(Duration delay) {
        Instant at = cloud.world().now().plus(delay);
        if (!up || !at.isBefore(stepAt)) {
            return;
        }
        stepAt = at;
        cloud.world().after(delay, name + " steps", () -> {
            if (up && stepAt.equals(cloud.world().now())) {
                step();
            }
        });
    }

    private void step() {
        stepAt = Instant.MAX;
        guard(() -> {
            Instant next = control.step(1);
            Duration pause = Duration.between(cloud.world().now(), next);
            wake(pause.isPositive() ? pause : Duration.ofMillis(1));
        });
    }

    /** Runs it; if the server is killed meanwhile, it comes back later. */
    void guard(Runnable run) {
        try {
            run.run();
        } catch (Killed _) {
            kill(BACK);
        }
    }

    /** All that it had in memory is lost. */
    void kill(Duration until) {
        up = false;
        stepAt = Instant.MAX;
        cloud.world()
                .after(
                        until,
                        name + " is up again",
                        () -> guard(() -> {
                            try {
                                start();
                            } catch (StoreUnavailable _) {
                                kill(BACK); // a server whose store is away ends, and is started again
                            }
                        }));
    }

    private void start() {
        store = store();
        link = new HostLink(store, cloud.world());
        control = control();
        up = true;
        wake(Duration.ZERO);
    }

    /** Its process is stopped and goes on later as if nothing had happened. */
    void sleep(Duration until) {
        if (!up) {
            return;
        }
        up = false;
        stepAt = Instant.MAX;
        cloud.world().after(until, name + " wakes up", () -> {
            up = true;
            wake(Duration.ZERO);
        });
    }

    /** The planted mistake: only the first sweep is done. */
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
        public Again perform(UUID id, Turn turn) throws EngineException {
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
