package yunqi.server.agents;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import yunqi.core.base.Clock;
import yunqi.core.base.Name;
import yunqi.core.host.Host;
import yunqi.core.host.HostId;
import yunqi.core.instance.Assignment;
import yunqi.core.wire.Link;
import yunqi.core.wire.Wire;
import yunqi.server.host.HostTable;
import yunqi.server.instance.AssignmentOf;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.Counts;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Revision;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/**
 * The server's end of the link, without any HTTP: assignments out, observations in. What it remembers of a host (what it told it, what it heard)
 * only spares work; after a restart, or on another server, everything is told and asked for once more. Safe for use by many threads.
 */
public final class HostLink {
    /** How often it is looked whether rows on a host went further than we know, though the log tells of each change: should we ever be wrong, it is not for long. */
    private static final Duration REVISE = Duration.ofSeconds(30);

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
        private Instant revised = Instant.EPOCH; // when all rows on the host were last looked for
        private final Map<UUID, Told> told = new LinkedHashMap<>(); // of all rows on the host
        private Optional<Host> row = Optional.empty();
        private long rowRead = -1; // a version of the log before the row was read
        private final Observations.Heard heard = new Observations.Heard();
        private volatile Optional<Instant> contact = Optional.empty();
    }

    /**
     * What follows for a host from one state of a row: a fingerprint of its assignment; nothing, for an instance that it need not do anything about. The assignment itself is not kept: a
     * hundred thousand are hundreds of megabytes.
     */
    private record Told(long generation, long decision, Name zone, Optional<UUID> fingerprint) {}

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
            News news = news(host, peer, row.get().spec().zone(), follows);
            long epoch = row.get().decided().epoch();
            peer.compared = news.version;
            if (follows && epoch == peer.epoch && news.changed.isEmpty() && news.gone.isEmpty()) {
                return Optional.empty();
            }
            // Rows may be newer than the position in the log: no two answers may bear one version, or a lost one goes
            // unnoticed.
            long version = Math.max(news.version, peer.given + 1);
            peer.given = version;
            peer.epoch = epoch;
            return Optional.of(
                    follows
                            ? new Link.Assignments(version, epoch, false, news.changed, news.gone)
                            : new Link.Assignments(version, epoch, true, news.changed, List.of()));
        }
    }

    private News news(HostId host, Peer peer, Name zone, boolean follows) {
        Instant now = clock.now();
        Touched.News touches = touched.news(host, peer.compared);
        boolean sameZone = peer.told.values().stream().limit(1).allMatch(told -> told.zone.equals(zone));
        if (!follows || touches.everything() || !sameZone) {
            News all = list(host, peer, zone, !follows);
            peer.revised = now;
            return all;
        }
        Set<UUID> ids = new LinkedHashSet<>();
        touches.changes().stream()
                .filter(change -> !known(peer, change.id(), change.counts()))
                .forEach(change -> ids.add(change.id()));
        if (peer.revised.isAfter(now) || !now.isBefore(peer.revised.plus(REVISE))) {
            ids.addAll(revised(host, peer));
            peer.revised = now;
        }
        return compare(host, peer, zone, touches.upto(), ids.isEmpty() ? Map.of() : store.all(ids), ids);
    }

    /** True if what the host is told follows from the row as it is with these counts. */
    private static boolean known(Peer peer, UUID id, Counts counts) {
        Told told = peer.told.get(id);
        return told != null && told.generation == counts.generation() && told.decision == counts.decision();
    }

    /** Where rows on the host are not those that we know, whatever the log said. */
    private Set<UUID> revised(HostId host, Peer peer) {
        Set<UUID> there = new HashSet<>();
        Set<UUID> others = new LinkedHashSet<>();
        Optional<UUID> after = Optional.empty();
        List<Revision> page;
        do {
            page = store.revisions(InstanceTable.KIND, Optional.of(host.value()), after, Query.LIMIT);
            for (Revision revision : page) {
                there.add(revision.id());
                if (!known(peer, revision.id(), revision.counts())) {
                    others.add(revision.id());
                }
                after = Optional.of(revision.id());
            }
        } while (page.size() == Query.LIMIT);
        peer.told.keySet().stream().filter(id -> !there.contains(id)).forEach(others::add);
        return others;
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
            observations.writeContacts(clock.now());
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
        observations.writeContacts(clock.now());
    }

    /** The host's row, read anew only if the log says that it went further than we know. */
    private Optional<Host> host(HostId host, Peer peer) {
        Counts known = peer.row.map(row -> Counts.of(row.meta())).orElse(Counts.UNKNOWN);
        Optional<Host> written =
                observations.written(host).filter(row -> Counts.of(row.meta()).revision() > known.revision());
        if (peer.row.isPresent() && written.isPresent()) {
            peer.row = written;
        }
        Counts now = peer.row.map(row -> Counts.of(row.meta())).orElse(Counts.UNKNOWN);
        if (peer.row.isEmpty() || touched.outdated(host, peer.rowRead, now)) {
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

    /** What became of what the host is told, up to a version of the log. */
    private record News(long version, List<Assignment> changed, List<UUID> gone) {}

    /** Reads all rows on the host; {@code anew} if all of it is news to the host. */
    private News list(HostId host, Peer peer, Name zone, boolean anew) {
        Map<UUID, Row> rows = new LinkedHashMap<>();
        Query query = Query.all(InstanceTable.KIND).onHost(host.value());
        Page page = store.list(query);
        long version = page.version();
        page.rows().forEach(row -> rows.put(row.id(), row));
        while (page.next().isPresent()) {
            page = store.list(query.after(page.next().get()));
            page.rows().forEach(row -> rows.put(row.id(), row));
        }
        if (anew) {
            peer.told.clear();
        }
        Set<UUID> ids = new LinkedHashSet<>(rows.keySet());
        ids.addAll(peer.told.keySet());
        return compare(host, peer, zone, version, rows, ids);
    }

    /** What becomes of what the host is told, by these rows: of ids without a row nothing is left. */
    private static News compare(HostId host, Peer peer, Name zone, long version, Map<UUID, Row> rows, Set<UUID> ids) {
        List<Assignment> changed = new ArrayList<>();
        List<UUID> gone = new ArrayList<>();
        for (UUID id : ids) {
            Row row = rows.get(id);
            Told before = peer.told.get(id);
            Optional<UUID> old = before == null ? Optional.empty() : before.fingerprint;
            if (row == null || !row.host().equals(Optional.of(host.value()))) {
                peer.told.remove(id);
                old.ifPresent(_ -> gone.add(id));
                continue;
            }
            if (before != null && follows(before, row, zone)) {
                continue;
            }
            Optional<Assignment> assignment = AssignmentOf.instance(InstanceTable.read(row), Optional.of(zone));
            Told now = new Told(
                    row.meta().generation(), row.meta().decision(), zone, assignment.map(HostLink::fingerprint));
            peer.told.put(id, now);
            if (now.fingerprint.isEmpty()) {
                old.ifPresent(_ -> gone.add(id));
            } else if (!now.fingerprint.equals(old)) {
                changed.add(assignment.orElseThrow());
            }
        }
        return new News(version, changed, gone);
    }

    /** True if nothing else is wished or decided since: most changes of a row are what the host itself reported. */
    private static boolean follows(Told before, Row row, Name zone) {
        return row.meta().wanted()
                && before.generation == row.meta().generation()
                && before.decision == row.meta().decision()
                && before.zone.equals(zone);
    }

    private static UUID fingerprint(Assignment assignment) {
        return UUID.nameUUIDFromBytes(Wire.write(assignment).getBytes(StandardCharsets.UTF_8));
    }
}
