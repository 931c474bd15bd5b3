package yunqi.server.site;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.reconcile.Backoff;
import yunqi.drivers.ovn.OvnCentral;
import yunqi.drivers.ovn.OvsdbAddress;
import yunqi.drivers.process.Daemon;
import yunqi.drivers.process.Daemons;
import yunqi.drivers.process.Supervisor;
import yunqi.drivers.registry.RegistryEngine;
import yunqi.server.tls.Authority;

/**
 * The site's engines besides the database: the registry, and OVN's central part. Each is brought up in the background and kept running; the API does
 * not wait for them, and what needs one waits and says so. They outlive the server: a crash or an upgrade of it touches no network and no image.
 */
public final class SiteDaemons implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SiteDaemons.class);
    private static final Duration GRACE = Duration.ofSeconds(10); // both write their data as they go
    private static final Backoff RETRY = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));

    /** Where it all is: the state root, the address and port under which hosts reach the southbound, the names that its certificate is for. */
    public record Place(Path root, String listen, int southbound, int registry, List<String> names) {
        public Place {
            names = List.copyOf(names);
        }

        private OvnCentral.Place ovn() {
            return OvnCentral.Place.under(root, Optional.empty()); // whoever the server runs as
        }

        private Path tls() {
            return root.resolve("server/ovn-tls");
        }

        private OvnCentral.Remote remote() {
            return new OvnCentral.Remote(
                    listen,
                    southbound,
                    tls().resolve("server.key"),
                    tls().resolve("server.crt"),
                    tls().resolve("ca.crt"));
        }

        /** The registry, on this machine only. */
        public URI registryAddress() {
            return URI.create("http://" + RegistryEngine.ADDRESS + ":" + registry);
        }

        /** The northbound, on this machine only. */
        public OvsdbAddress northbound() {
            return OvnCentral.northbound(ovn());
        }
    }

    /** Something that is done until it succeeds. */
    private interface Attempt {
        void go() throws EngineException, IOException;
    }

    private final Place place;
    private final Authority authority;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Supervisor> supervisors = new ArrayList<>();

    public SiteDaemons(Place place, Authority authority) {
        this.place = place;
        this.authority = authority;
    }

    /** Brings all up in the background, and keeps all up. */
    public synchronized void start() {
        threads.add(Thread.ofVirtual().name("site-registry").start(() -> bringUp("the registry", this::registry)));
        threads.add(Thread.ofVirtual().name("site-ovn").start(() -> bringUp("OVN central", this::ovn)));
    }

    private void registry() throws EngineException {
        RegistryEngine.install(place.root, place.registry);
        keep(RegistryEngine.daemons(place.root, place.registry, Optional.empty()));
    }

    private void ovn() throws EngineException, IOException {
        authority.writeServer(place.tls(), place.names);
        OvnCentral.prepare(place.ovn(), place.remote());
        keep(OvnCentral.daemons(place.ovn(), place.remote()));
    }

    private void keep(List<Daemon> daemons) {
        Supervisor supervisor = new Supervisor(daemons, () -> {});
        synchronized (this) {
            supervisors.add(supervisor);
        }
        supervisor.start();
    }

    private static void bringUp(String what, Attempt attempt) {
        for (int failures = 1; !Thread.currentThread().isInterrupted(); failures++) {
            try {
                attempt.go();
                LOG.info("{} is up", what);
                return;
            } catch (EngineException | IOException e) {
                LOG.warn("{} is not up yet: {}", what, e.getMessage());
            }
            try {
                Thread.sleep(RETRY.pause(failures));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Ends the watching. The daemons run on. */
    @Override
    public synchronized void close() {
        threads.forEach(Thread::interrupt);
        supervisors.forEach(Supervisor::close);
    }

    /** Ends the daemons of a site whose server has ended, last started first. */
    public static void stop(Place place) throws EngineException {
        List<Daemon> daemons = new ArrayList<>(RegistryEngine.daemons(place.root, place.registry, Optional.empty()));
        daemons.addAll(OvnCentral.daemons(place.ovn(), place.remote()));
        for (Daemon daemon : daemons.reversed()) {
            Daemons.stop(daemon, GRACE);
        }
    }
}
