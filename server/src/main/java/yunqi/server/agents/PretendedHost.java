package yunqi.server.agents;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostId;
import yunqi.core.host.HostSeen;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.Phase;
import yunqi.core.wire.Link;
import yunqi.core.wire.SeenDigest;

/**
 * A host that is pretended: it speaks the link as an agent does, and whatever is assigned to it is at once as it should be. No clock, no threads; it
 * remembers nothing beyond the process, so after a restart of the server it is a machine that has just booted.
 */
final class PretendedHost {
    private static final int CPUS = 32;
    private static final Bytes MEMORY = Bytes.gibibytes(128);
    private static final Bytes DISK = Bytes.gibibytes(2048);

    private final HostId id;
    private final String name;
    private final String bootId;
    private final Map<UUID, InstanceSeen> seen = new TreeMap<>();
    private final SeenDigest digest = new SeenDigest(); // of what is seen
    private final TreeSet<UUID> changed = new TreeSet<>();
    private final TreeSet<UUID> gone = new TreeSet<>();
    private long version;
    private long epoch;
    private boolean full = true;

    PretendedHost(HostId id, String name, String bootId) {
        this.id = id;
        this.name = name;
        this.bootId = bootId;
    }

    HostId id() {
        return id;
    }

    /** The version of the assignments that it was last given. */
    long version() {
        return version;
    }

    /** Does all that is assigned. */
    void take(Link.Assignments news, Instant now) {
        version = news.version();
        epoch = news.hostEpoch();
        List<UUID> over = new ArrayList<>(news.gone());
        if (news.full()) {
            TreeSet<UUID> left = new TreeSet<>(seen.keySet());
            news.assignments().forEach(assignment -> left.remove(assignment.id().value()));
            over.addAll(left);
        }
        for (UUID instance : over) {
            digest.remove(instance);
            if (seen.remove(instance) != null) {
                changed.remove(instance);
                gone.add(instance);
            }
        }
        for (Assignment assignment : news.assignments()) {
            UUID instance = assignment.id().value();
            InstanceSeen after = next(assignment, Optional.ofNullable(seen.get(instance)), now);
            if (!after.equals(seen.put(instance, after))) {
                digest.putAll(Map.of(instance, after));
                changed.add(instance);
                gone.remove(instance);
            }
        }
    }

    /** True if there is something to report that is not yet. */
    boolean news() {
        return full || !changed.isEmpty() || !gone.isEmpty();
    }

    /** What it reports now. */
    Link.Observation report() {
        List<Link.SeenOf> told = (full ? seen.keySet() : changed)
                .stream()
                        .map(instance -> new Link.SeenOf(instance, known(instance)))
                        .toList();
        return new Link.Observation(
                epoch,
                bootId,
                full,
                told,
                full ? List.of() : List.copyOf(gone),
                digest.digest(),
                full ? Optional.of(facts()) : Optional.empty(),
                List.of(
                        new HostSeen.EngineSeen("docker", true, 0, ""),
                        new HostSeen.EngineSeen("libvirt", true, 0, "")),
                List.of(),
                true,
                false);
    }

    /** The report has been taken; {@code resend} asks for all of it. */
    void reported(Link.Ack ack) {
        full = ack.resend();
        changed.clear();
        gone.clear();
    }

    private InstanceSeen known(UUID instance) {
        InstanceSeen known = seen.get(instance);
        if (known == null) {
            throw new IllegalStateException("changed but not there: " + instance);
        }
        return known;
    }

    private InstanceSeen next(Assignment assignment, Optional<InstanceSeen> before, Instant now) {
        Optional<InstanceSeen> same = before.filter(
                        seen -> seen.epoch() == assignment.epoch() && seen.phase() == Phase.RUNNING)
                .filter(seen ->
                        seen.applied().equals(assignment.applied()) && seen.restarts() >= assignment.restarts());
        return switch (assignment.wanted()) {
            case RUNNING ->
                same.orElseGet(() -> seen(
                        assignment,
                        Phase.RUNNING,
                        Optional.of(now),
                        before.filter(seen -> seen.epoch() == assignment.epoch())
                                .flatMap(InstanceSeen::readyAt)
                                .or(() -> Optional.of(now))));
            case STOPPED ->
                seen(
                        assignment,
                        Phase.STOPPED,
                        before.flatMap(InstanceSeen::started),
                        before.flatMap(InstanceSeen::readyAt));
            case ABSENT -> seen(assignment, Phase.ABSENT, Optional.empty(), Optional.empty());
        };
    }

    private InstanceSeen seen(
            Assignment assignment, Phase phase, Optional<Instant> started, Optional<Instant> readyAt) {
        return new InstanceSeen(
                id,
                assignment.epoch(),
                phase,
                phase == Phase.RUNNING,
                started,
                readyAt,
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                "",
                "",
                assignment.restarts(),
                assignment.applied(),
                Optional.of(bootId),
                Optional.empty());
    }

    private HostFacts facts() {
        TreeMap<String, String> engines = new TreeMap<>(Map.of("docker", "pretended", "libvirt", "pretended"));
        return new HostFacts(
                name,
                "amd64",
                "pretended",
                "pretended",
                bootId,
                CPUS,
                MEMORY,
                List.of(new HostFacts.Disk("/", DISK, DISK)),
                "v2",
                new HostFacts.Kvm(false, "nothing here is real"),
                engines,
                "pretended");
    }
}
