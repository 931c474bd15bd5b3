package yunqi.server.agents;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import yunqi.core.base.Clock;
import yunqi.core.host.Host;
import yunqi.core.host.HostId;
import yunqi.core.wire.Link;
import yunqi.server.host.HostTable;
import yunqi.server.store.Counts;
import yunqi.server.store.Era;
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
        private Era era;
        private Orders orders;
        private Optional<Host> row = Optional.empty();
        private long rowRead = -1; // a version of the log before the row was read
        private Observations.Heard heard = new Observations.Heard();
        private volatile Optional<Instant> contact = Optional.empty();

        Peer(Era era, Orders orders) {
            this.era = era;
            this.orders = orders;
        }
    }

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
        Era era = store.era();
        Peer peer = peer(host);
        synchronized (peer) {
            enter(host, peer, era);
            Optional<Host> row = host(host, peer);
            if (row.isEmpty()) {
                return Optional.empty();
            }
            heardFrom(host);
            boolean follows = after > 0 && after == peer.given;
            Orders.Standing standing = new Orders.Standing(
                    row.get().spec().zone(), row.get().seen().era() >= era.start());
            Orders.News news = peer.orders.news(standing, touched.news(host, peer.compared), follows, clock.now());
            long epoch = row.get().decided().epoch();
            peer.compared = news.version();
            if (follows && epoch == peer.epoch && news.none()) {
                return Optional.empty();
            }
            // Rows may be newer than the position in the log: no two answers may bear one version, or a lost one goes
            // unnoticed.
            long version = Math.max(news.version(), peer.given + 1);
            peer.given = version;
            peer.epoch = epoch;
            Optional<List<UUID>> silent =
                    Optional.of(List.copyOf(peer.orders.silent())).filter(ids -> !ids.isEmpty());
            return Optional.of(
                    follows
                            ? new Link.Assignments(version, epoch, false, news.changed(), news.gone(), silent)
                            : new Link.Assignments(version, epoch, true, news.changed(), List.of(), silent));
        }
    }

    /**
     * Takes in what the host sees. Its report is refused (and asked for anew) if the host acts under an older epoch than is decided for it. What it
     * says of an instance that isn't decided for it, or of another run of one, is ignored.
     */
    public Link.Ack observe(HostId host, Link.Observation observation) {
        Era era = store.era();
        Peer peer = peer(host);
        synchronized (peer) {
            enter(host, peer, era);
            Optional<Host> row = host(host, peer);
            if (row.isEmpty()) {
                return new Link.Ack(false);
            }
            heardFrom(host);
            if (observation.hostEpoch() < row.get().decided().epoch()) {
                return new Link.Ack(true);
            }
            // An agent of an older version doesn't say which list it acts on: it has the last that it was given.
            boolean acts = !observation.down() && observation.version().orElse(peer.given) >= era.start();
            boolean noted = !acts || observations.orphans(row.get(), peer.heard, observation, clock.now());
            peer.row = observations.host(row.get(), observation, clock.now());
            observations.writeContacts(clock.now());
            boolean resend = observations.instances(host, peer.heard, observation, clock.now());
            boolean news = row.get().seen().era() < era.start();
            if (!resend && acts && noted && observation.complete() && news) {
                observations.told(host, era);
                peer.row = Optional.empty();
            }
            return new Link.Ack(resend);
        }
    }

    /** What was told and heard in another era counts no more. */
    private void enter(HostId host, Peer peer, Era era) {
        if (!peer.era.equals(era)) {
            peer.era = era;
            peer.orders = new Orders(store, host, era);
            peer.given = -1;
            peer.compared = -1;
            peer.row = Optional.empty();
            peer.heard = new Observations.Heard();
        }
    }

    private Peer peer(HostId host) {
        return peers.computeIfAbsent(host, _ -> {
            Era era = store.era();
            return new Peer(era, new Orders(store, host, era));
        });
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
        Peer peer = peer(host);
        peer.contact = Optional.of(clock.now());
        return peer;
    }
}
