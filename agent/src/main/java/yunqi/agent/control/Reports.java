package yunqi.agent.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostSeen;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Link;

/**
 * What the server was told, so that only what is new is told again. Everything is told first, and whenever the last report may not have arrived. Not safe
 * for use by several threads.
 */
final class Reports {
    private Map<UUID, InstanceSeen> told = new TreeMap<>();
    private Optional<HostFacts> toldFacts = Optional.empty();
    private boolean full = true;

    /** All that could be reported at one moment. */
    record Everything(
            long hostEpoch,
            String bootId,
            Map<UUID, InstanceSeen> seen,
            Optional<HostFacts> facts,
            List<HostSeen.EngineSeen> engines,
            Strangers strangers,
            boolean complete) {}

    /** What is here and not assigned, what was told once of such, and the version of the assignments that say so; 0 if it is not known what is here. */
    record Strangers(List<UUID> all, List<Assignment> left, long version) {}

    /** The report about it. Until {@link #arrived} is called, every report is a full one. */
    Link.Observation report(Everything now) {
        List<Link.SeenOf> seen = new ArrayList<>();
        now.seen().forEach((id, what) -> {
            if (full || !what.equals(told.get(id))) {
                seen.add(new Link.SeenOf(id, what));
            }
        });
        List<UUID> gone = full
                ? List.of()
                : told.keySet().stream()
                        .filter(id -> !now.seen().containsKey(id))
                        .toList();
        boolean facts = full || !now.facts().equals(toldFacts);
        Link.Observation report = new Link.Observation(
                now.hostEpoch(),
                now.bootId(),
                full,
                List.copyOf(seen),
                gone,
                Digests.ofSeen(now.seen()),
                facts ? now.facts() : Optional.empty(),
                now.engines(),
                now.strangers().all(),
                now.complete(),
                false,
                Optional.of(now.strangers().version()),
                Optional.of(now.strangers().left()).filter(left -> !left.isEmpty()));
        told = new TreeMap<>(now.seen());
        toldFacts = now.facts();
        full = true;
        return report;
    }

    /** The last report arrived, and this was the answer. */
    void arrived(Link.Ack ack) {
        full = ack.resend();
    }
}
