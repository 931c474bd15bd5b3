package yunqi.server.agents;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import yunqi.core.base.Clock;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.host.Host;
import yunqi.core.host.HostId;
import yunqi.core.instance.Assignment;
import yunqi.core.wire.Link;
import yunqi.server.host.HostTable;
import yunqi.server.instance.AssignmentOf;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/**
 * The server's end of the link, without any HTTP: assignments out, observations in. What it remembers of a host (what it told it, what it heard)
 * only spares work; after a restart, or on another server, everything is told and asked for once more. Safe for use by many threads.
 */
public final class HostLink {
    private final Store store;
    private final Clock clock;
    private final Touched touched;
    private final Observations observations;
    private final Map<HostId, Peer> peers = new ConcurrentHashMap<>();

    /** What we remember of one host. Guarded by itself. */
    private static final class Peer {
        private long given = -1; // the version that the host was last given
        private long epoch; // the host's, as it was last given
        private long compared = -1; // the version at which what it was given was last found to be still right
        private Map<UUID, Assignment> assignments = Map.of();
        private Map<UUID, Told> told = Map.of(); // of all rows on the host
        private Optional<Host> row = Optional.empty();
        private long rowRead = -1; // a version of the log before the row was read
        private final Observations.Heard heard = new Observations.Heard();
        private volatile Optional<Instant> contact = Optional.empty();
    }

    /** What follows for a host from one state of a row: nothing, for an instance that it need not do anything about. */
    private record Told(long generation, long decision, Name zone, Optional<Assignment> assignment) {}

    public HostLink(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
        this.touched = new Touched(store);
        this.observations = new Observations(store);
    }

    /**
     * What is new for the host after this version: what changed if this is the version that it was last given here, everything otherwise. Empty if
     * nothing is new, or if there is no such host. Doesn't wait.
     */
    public Optional<Link.Assignments> assignments(HostId host, long after) {
        Peer peer = peers.computeIfAbsent(host, _ -> new Peer());
        synchronized (peer) {
            Optional<Host> row = host(host, peer);
            if (row.isEmpty()) {
                return Optional.empty();
            }
            heardFrom(host);
            boolean follows = after > 0 && after == peer.given;
            if (follows && touched.last(host) <= peer.compared) {
                return Optional.empty();
            }
            Listed now = list(host, peer, row.get().spec().zone());
            long epoch = row.get().decided().epoch();
            boolean same = follows && epoch == peer.epoch && now.assignments.equals(peer.assignments);
            peer.compared = now.version;
            if (same) {
                return Optional.empty();
            }
            // Rows may be newer than the position in the log: no two answers may bear one version, or a lost one goes
            // unnoticed.
            long version = Math.max(now.version, peer.given + 1);
            Link.Assignments answer = new Link.Assignments(
                    version,
                    epoch,
                    !follows,
                    follows ? changed(peer.assignments, now.assignments) : List.copyOf(now.assignments.values()),
                    follows ? gone(peer.assignments, now.assignments) : List.of());
            peer.given = version;
            peer.epoch = epoch;
            peer.assignments = now.assignments;
            return Optional.of(answer);
        }
    }

    /**
     * Takes in what the host sees. Its report is refused (and asked for anew) if the host acts under an older epoch than is decided for it. What it
     * says of an instance that isn't decided for it, or of another run of one, is ignored.
     */
    public Link.Ack observe(HostId host, Link.Observation observation) {
        Peer peer = peers.computeIfAbsent(host, _ -> new Peer());
        synchronized (peer) {
            Optional<Host> row = host(host, peer);
            if (row.isEmpty()) {
                return new Link.Ack(false);
            }
            heardFrom(host);
            if (observation.hostEpoch() < row.get().decided().epoch()) {
                return new Link.Ack(true);
            }
            peer.row = observations.host(row.get(), observation, clock.now());
            return new Link.Ack(observations.instances(host, peer.heard, observation, clock.now()));
        }
    }

    /** When the host last said anything to this server, if it did since this server started. */
    public Optional<Instant> lastContact(HostId host) {
        Peer peer = peers.get(host);
        return peer == null ? Optional.empty() : peer.contact;
    }

    /** Waits until there may be something new for the host, at most this long. Somebody must keep calling {@link #follow}. */
    void await(HostId host, Duration longest) throws InterruptedException {
        Peer peer = heardFrom(host);
        long compared;
        synchronized (peer) {
            compared = peer.compared;
        }
        touched.await(host, compared, longest);
    }

    /** Waits for changes of anything, at most this long, and wakes the hosts that they may concern. */
    void follow(Duration longest) throws InterruptedException {
        store.await(touched.cursor(), longest);
        touched.follow();
    }

    /** The host's row, read anew only if the log says that it changed. */
    private Optional<Host> host(HostId host, Peer peer) {
        if (peer.row.isEmpty() || touched.row(host) > peer.rowRead) {
            peer.rowRead = touched.cursor();
            peer.row = store.get(host.value())
                    .filter(row -> row.kind().equals(HostTable.KIND))
                    .map(HostTable::read);
        }
        return peer.row;
    }

    private Peer heardFrom(HostId host) {
        Peer peer = peers.computeIfAbsent(host, _ -> new Peer());
        peer.contact = Optional.of(clock.now());
        return peer;
    }

    private record Listed(long version, Map<UUID, Assignment> assignments) {}

    private Listed list(HostId host, Peer peer, Name zone) {
        Map<UUID, Assignment> all = new LinkedHashMap<>();
        Map<UUID, Told> told = new HashMap<>();
        Query query = Query.all(InstanceTable.KIND).onHost(host.value());
        Page page = store.list(query);
        long version = page.version();
        while (true) {
            for (Row row : page.rows()) {
                Told one = told(row, zone, peer.told.get(row.id()));
                told.put(row.id(), one);
                one.assignment.ifPresent(assignment -> all.put(row.id(), assignment));
            }
            if (page.next().isEmpty()) {
                peer.told = told;
                return new Listed(version, all);
            }
            page = store.list(query.after(page.next().get()));
        }
    }

    /** What was told before, unless something else is wished or decided since: most changes of a row are what the host itself reported. */
    private static Told told(Row row, Name zone, @Nullable Told before) {
        Meta meta = row.meta();
        return before != null
                        && meta.wanted()
                        && before.generation == meta.generation()
                        && before.decision == meta.decision()
                        && before.zone.equals(zone)
                ? before
                : new Told(
                        meta.generation(),
                        meta.decision(),
                        zone,
                        AssignmentOf.instance(InstanceTable.read(row), Optional.of(zone)));
    }

    private static List<Assignment> changed(Map<UUID, Assignment> before, Map<UUID, Assignment> now) {
        List<Assignment> changed = new ArrayList<>();
        now.forEach((id, assignment) -> {
            if (!assignment.equals(before.get(id))) {
                changed.add(assignment);
            }
        });
        return changed;
    }

    private static List<UUID> gone(Map<UUID, Assignment> before, Map<UUID, Assignment> now) {
        return before.keySet().stream().filter(id -> !now.containsKey(id)).toList();
    }
}
