package yunqi.core.wire;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.Event;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Labels;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.host.Capacity;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostSeen;
import yunqi.core.project.Quota;
import yunqi.core.project.Role;
import yunqi.core.schedule.Scheduler;

/** What users and the server say to each other, besides the specs of the kinds. Fields are only ever added. */
public final class Api {
    private Api() {}

    /** One thing: what is wanted of it ({@code spec}), and how it is ({@code status}). {@code generation} counts changes of the wish; {@code version} is where to watch from. */
    public record Item<S, T>(
            String kind,
            Optional<Name> project,
            Name name,
            UUID id,
            long generation,
            long version,
            Instant created,
            Optional<Instant> deleted,
            Labels labels,
            S spec,
            T status) {}

    /** A page of things. {@code next} is the {@code after} of the page that follows, if there is one; watch from {@code version} and nothing is missed. */
    public record Items<I>(List<I> items, Optional<String> next, long version) {
        public Items {
            items = List.copyOf(items);
        }
    }

    /** What a watcher is told about a thing that is gone, or no longer among those asked for. */
    public record Removed(String kind, Optional<Name> project, Name name, UUID id, long version) {}

    /**
     * Why a request was not done (RFC 9457, {@code application/problem+json}). {@code code} is a stable word, {@code field} the path of the value at
     * fault, {@code hint} what to do, {@code request} what to look for in the server's log.
     */
    public record Problem(
            String type,
            String title,
            int status,
            String code,
            Optional<String> field,
            String detail,
            Optional<String> hint,
            String request) {}

    /** What became of each of many things that were to be made, in their order. */
    public record AllMade(List<Made> results) {}

    /** One of them: 201 and its id, or the status that it would have been refused with alone, and why. */
    public record Made(String name, int status, Optional<UUID> id, Optional<Problem> problem) {}

    /** How a thing is that needs no host: its state in one word, in a sentence what is waited for, and since when. */
    public record Plain(String state, String message, Instant since) {}

    /**
     * How an import is: its state in one word, in a sentence what is going on, since when, how much of its file is here, of how much if that is known, and at
     * the end the image's digest.
     */
    public record ImportStatus(
            Name name,
            String state,
            String message,
            Instant since,
            Bytes received,
            Optional<Bytes> size,
            Optional<Digest> image) {}

    /** How an image is: {@code visibility} is {@code public} if all projects see it, {@code project} if its own does. */
    public record ImageStatus(String state, String message, Instant since, String visibility) {}

    /** How a project is, what is in it, and what is charged against its quota. */
    public record ProjectStatus(
            String state, String message, Instant since, long instances, long networks, long images, Quota used) {}

    /** How a user is: whether a password is set, through which provider the user signs in, roles by project, and how many tokens there are. */
    public record UserStatus(
            String state,
            String message,
            Instant since,
            boolean password,
            Optional<String> provider,
            SortedMap<String, Role> roles,
            long tokens) {}

    /** {@code POST /v1/login}. */
    public record Login(Name user, String password) {
        /** The password stays out of logs. */
        @Override
        public String toString() {
            return "Login[" + user + "]";
        }
    }

    /** A token, told this once, and what it is good for. */
    public record NewToken(
            String token, Name user, String name, Optional<Name> project, Optional<Role> role, Instant expires) {
        /** The token stays out of logs. */
        @Override
        public String toString() {
            return "NewToken[" + name + "]";
        }
    }

    /**
     * {@code POST /v1/users/{name}/tokens}: good for one project only, or for all of the user's; with no more than this role; until then (90 days if
     * not said).
     */
    public record TokenWish(Name name, Optional<Name> project, Optional<Role> role, Optional<Instant> expires) {}

    /** A token without its secret. {@code session} is one that signing in made; {@code used} is when it was last used, to within minutes. */
    public record TokenShown(
            String name,
            boolean session,
            Optional<Name> project,
            Optional<Role> role,
            Instant created,
            Instant expires,
            Optional<Instant> used) {}

    /** All tokens of a user. */
    public record Tokens(List<TokenShown> items) {
        public Tokens {
            items = List.copyOf(items);
        }
    }

    /** {@code POST /v1/users/{name}/password}. Users say their {@code old} one, operators need not. */
    public record NewPassword(String password, Optional<String> old) {
        /** The passwords stay out of logs. */
        @Override
        public String toString() {
            return "NewPassword[]";
        }
    }

    /** {@code GET /v1/me}: who the caller is. {@code limited} if the token is for one project or role only. */
    public record Me(Name name, boolean operator, boolean limited, SortedMap<String, Role> roles) {}

    /** How a network is: its gateway, and how many of its addresses are taken and how many are left. */
    public record NetworkStatus(
            String state, String message, Instant since, IpAddress gateway, String domain, long taken, long free) {}

    /** How a host is: what it can hold and what is promised, what its agent found, which engines it runs, and instances on it that the server does not know. */
    public record HostStatus(
            String state,
            String message,
            Instant since,
            long epoch,
            Capacity capacity,
            Capacity promised,
            long instances,
            Optional<Instant> lastContact,
            Optional<HostFacts> facts,
            List<HostSeen.EngineSeen> engines,
            List<UUID> orphans) {}

    /**
     * How an instance is. {@code restarts} counts ends that nobody asked for, {@code epoch} its placements; {@code tookSeconds} is from its creation to when it
     * was first ready; {@code placement} says why it is where it is; {@code lastEnd} is how it last ended when nobody asked for it, also after it was started again.
     */
    public record InstanceStatus(
            String state,
            String message,
            Instant since,
            boolean ready,
            Optional<Name> host,
            List<IpAddress> addresses,
            List<Nic> nics,
            long epoch,
            int restarts,
            Optional<Integer> exitCode,
            Optional<Instant> startedAt,
            Optional<Double> tookSeconds,
            String placement,
            Optional<Ending> lastEnd) {}

    /** How a run ended that nobody asked to end. */
    public record Ending(Instant at, String message) {}

    /** One network interface of an instance. */
    public record Nic(Name network, IpAddress address, MacAddress mac, IpAddress gateway) {}

    /** {@code POST …/exec}: a command to run inside. */
    public record ExecRequest(List<String> command, Optional<Boolean> terminal) {}

    /** {@code POST …/logs}: the last lines (all if {@code tail} is negative or left out), and on as they come if {@code follow}. */
    public record LogsRequest(Optional<Integer> tail, Optional<Boolean> follow) {}

    /** A stream to be opened once, soon, as a WebSocket at {@code url} (a path of this server). Frames are those of {@link Link.Control}. */
    public record Ticket(String ticket, String url) {}

    /** A one-time token for a host to join with. */
    public record JoinToken(String token, Instant expires) {}

    /** What happened to a thing, oldest first; watch from {@code version}. */
    public record Events(List<Event> items, long version) {
        public Events {
            items = List.copyOf(items);
        }
    }

    /**
     * Why an instance is where it is. {@code decided} is what was said when it was decided, {@code since} then; {@code hosts} is what would be said of each host at {@code now}: the best first,
     * then those that could hold it, then those that could not, and why.
     */
    public record Explanation(
            Optional<Name> host,
            Optional<Instant> since,
            String decided,
            String needs,
            Instant now,
            List<Scheduler.Verdict> hosts) {
        public Explanation {
            hosts = List.copyOf(hosts);
        }
    }

    /** What engines have that the site doesn't know; nothing of it is removed by itself. {@code waiting} are hosts that have not told what they hold since the database went back to an older state. */
    public record Orphans(List<OrphanInstance> instances, List<OrphanNetwork> networks, List<Name> waiting) {
        public Orphans {
            instances = List.copyOf(instances);
            networks = List.copyOf(networks);
            waiting = List.copyOf(waiting);
        }
    }

    /** An instance on a host that nobody assigned to it. What it was is known if its host was told once; {@code removing} says that it is about to go. */
    public record OrphanInstance(
            UUID id,
            Name host,
            Optional<Name> project,
            Optional<Name> name,
            List<IpAddress> addresses,
            boolean removing) {
        public OrphanInstance {
            addresses = List.copyOf(addresses);
        }
    }

    /** A network that has no row and whose deletion is not on record; {@code since} is when it was noticed. */
    public record OrphanNetwork(UUID id, Instant since) {}

    /** {@code GET /v1/version}. {@code authority} is the SHA-256 of the authority's certificate. */
    public record Version(String version, String api, boolean simulated, String authority) {}
}
