package yunqi.trials.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import yunqi.core.network.NetworkDriver;
import yunqi.server.ApiTable;
import yunqi.server.agents.HostLink;
import yunqi.server.control.Control;
import yunqi.server.control.Decided;
import yunqi.server.control.HostWork;
import yunqi.server.control.InstanceWork;
import yunqi.server.control.NetworkWork;
import yunqi.server.control.OrphanWork;
import yunqi.server.control.Work;
import yunqi.server.http.Desk;
import yunqi.server.instance.InstanceRoutes;
import yunqi.server.store.FailingStore;
import yunqi.server.store.NameCache;
import yunqi.server.store.Store;
import yunqi.server.store.StoreUnavailable;
import yunqi.trials.simulation.planted.Plants;
import yunqi.trials.simulation.world.Fault;
import yunqi.trials.simulation.world.Killed;
import yunqi.trials.simulation.world.SkewedClock;

/** One server: its control loop, its API and its end of the link, over a store that fails. Can be killed, stopped for a while as if it slept, and have its clock set. */
final class SimServer {
    private static final Duration BACK = Duration.ofSeconds(5); // until a killed server is up again

    private final String name;
    private final Cloud cloud;
    private final SkewedClock clock;
    private Parts parts;
    private boolean up = true;
    private Instant stepAt = Instant.MAX;
    private int lives;
    private long absences;

    /** All that a server has in memory. */
    private record Parts(Store store, HostLink link, Desk api, Control control) {}

    SimServer(String name, Cloud cloud) {
        this.name = name;
        this.cloud = cloud;
        this.clock = new SkewedClock(cloud.world());
        this.parts = parts();
        wake(Duration.ZERO);
    }

    boolean up() {
        return up;
    }

    String name() {
        return name;
    }

    HostLink link() {
        return parts.link;
    }

    Desk api() {
        return parts.api;
    }

    /** As the API and the link have it. */
    Store store() {
        return parts.store;
    }

    int bugs() {
        return parts.control.bugs();
    }

    /** From now on its clock is wrong by this much. */
    void setClock(Duration by) {
        clock.set(by);
        wake(Duration.ofMillis(1));
    }

    private Store failing(Store store) {
        return new FailingStore(store, call -> {
            Set<java.util.UUID> touched = Touches.of(call.writes());
            if (cloud.strikes(Fault.SERVER_KILLED)) {
                cloud.pending().struck(Fault.SERVER_KILLED);
                throw new Killed();
            }
            if (cloud.storeAway()) {
                cloud.pending().struck(Fault.STORE_AWAY, touched);
                return FailingStore.Fault.UNAVAILABLE_BEFORE;
            }
            if (cloud.strikes(Fault.STORE_FAILS)) {
                cloud.pending().struck(Fault.STORE_FAILS, touched);
                return FailingStore.Fault.UNAVAILABLE_BEFORE;
            }
            return call.writes().isEmpty() ? FailingStore.Fault.NONE : writing(touched);
        });
    }

    private FailingStore.Fault writing(Set<java.util.UUID> touched) {
        if (cloud.strikes(Fault.COMMIT_UNSEEN)) {
            cloud.pending().struck(Fault.COMMIT_UNSEEN, touched);
            return FailingStore.Fault.UNAVAILABLE_AFTER;
        }
        if (cloud.strikes(Fault.STORE_CONFLICT)) {
            cloud.pending().struck(Fault.STORE_CONFLICT, touched);
            return FailingStore.Fault.STALE;
        }
        return FailingStore.Fault.NONE;
    }

    private Parts parts() {
        lives++;
        String owner = name + "-" + lives;
        Store real = cloud.store();
        Plants plants = cloud.plants();
        Store outer = failing(plants.store(new OldNews(real, cloud), real, clock));
        Store api = new NameCache(
                failing(new Rivals(plants.store(new OwnIds(real, cloud.world()), real, clock), cloud)), clock);
        Store watched = new Witness(real, cloud.leaders(), owner, clock);
        Store inner = new NameCache(failing(plants.store(new OldNews(watched, cloud), real, clock)), clock);
        NetworkDriver networks = Witness.networks(cloud.networks(), cloud.leaders(), owner);
        Decided decided = new Decided();
        InstanceWork instances = new InstanceWork(inner, decided);
        List<Work> works = List.of(
                plants.work(instances),
                plants.work(new NetworkWork(inner, decided, networks)),
                plants.work(new HostWork(inner, decided, instances)),
                plants.work(new OrphanWork(inner, decided)));
        return new Parts(
                api,
                new HostLink(outer, clock),
                new Desk(ApiTable.kinds(api, clock, cloud.images(), new InstanceRoutes(api, clock, cloud.streams()))),
                new Control(inner, clock, owner, works));
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
            Instant next = parts.control.step(1);
            Duration pause = Duration.between(clock.now(), next);
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
        absent(until, () -> {
            try {
                parts = parts();
                up = true;
                wake(Duration.ZERO);
            } catch (StoreUnavailable _) {
                kill(BACK); // a server whose store is away ends, and is started again
            }
        });
    }

    private void absent(Duration until, Runnable back) {
        up = false;
        stepAt = Instant.MAX;
        long mine = ++absences;
        cloud.world().after(until, name + " is up again", () -> {
            if (mine == absences) {
                guard(back);
            }
        });
    }

    /** Its process is stopped and goes on later as if nothing had happened. */
    void sleep(Duration until) {
        if (!up) {
            return;
        }
        absent(until, () -> {
            up = true;
            wake(Duration.ZERO);
        });
    }
}
