package yunqi.server.agents;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.host.HostId;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.Phase;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Link;
import yunqi.server.instance.AssignmentOf;
import yunqi.server.instance.OrphanTable;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Row;
import yunqi.server.store.Write;

/** After the database went back, a host is told nothing but which of its instances are known, until it has told what it holds. */
final class OrphanTest {
    private final Site site = new Site();
    private final HostLink link = new HostLink(site.store, site.clock);
    private final HostId host = site.host("host-1");

    private Link.Assignments given(long after) {
        return link.assignments(host, after).orElseThrow();
    }

    private Link.Ack report(long version, Map<UUID, InstanceSeen> seen, List<UUID> orphans, List<Assignment> left) {
        return link.observe(
                host,
                new Link.Observation(
                        1,
                        "boot",
                        true,
                        seen.entrySet().stream()
                                .map(entry -> new Link.SeenOf(entry.getKey(), entry.getValue()))
                                .toList(),
                        List.of(),
                        Digests.ofSeen(new TreeMap<>(seen)),
                        Optional.empty(),
                        List.of(),
                        orphans,
                        true,
                        false,
                        Optional.of(version),
                        Optional.of(left)));
    }

    private Row row(UUID instance) {
        return Optional.ofNullable(OrphanTable.on(site.store, host).get(instance))
                .orElseThrow();
    }

    @Test
    void nothingIsTakenAwayAndNothingIsBegunBeforeTheHostHasTold() {
        UUID known = site.instanceOn(host, "known");
        MemoryStore.Checkpoint then = site.store.checkpoint();
        UUID later = site.instanceOn(host, "later");
        Link.Assignments before = given(0);
        assertThat(before.assignments()).hasSize(2);
        Assignment held = before.assignments().stream()
                .filter(one -> one.id().value().equals(later))
                .findFirst()
                .orElseThrow();

        site.store.back(then);
        Link.Assignments first = given(before.version());
        assertThat(first.version()).isGreaterThan(before.version());
        assertThat(first.full()).isTrue();
        assertThat(first.assignments()).isEmpty();
        assertThat(first.silent()).containsExactly(known);

        // A report that was on its way says nothing of this era.
        Map<UUID, InstanceSeen> seen = Map.of(known, Site.seen(host, 1, Phase.RUNNING));
        report(before.version(), seen, List.of(), List.of());
        assertThat(site.hostRow(host).seen().era()).isZero();

        Assignment same = AssignmentOf.instance(site.read(known)).orElseThrow();
        assertThat(report(first.version(), seen, List.of(later), List.of(held, same))
                        .resend())
                .isFalse();
        assertThat(site.hostRow(host).seen().era()).isEqualTo(site.store.era().start());
        assertThat(OrphanTable.on(site.store, host).keySet()).containsExactly(later);
        assertThat(OrphanTable.read(row(later)).held()).isEqualTo(held);

        // What control has not looked at in this era is still left as it is.
        assertThat(link.assignments(host, first.version())
                        .map(Link.Assignments::assignments)
                        .orElse(List.of()))
                .isEmpty();
    }

    @Test
    void anOrphanIsRemovedWhenAnOperatorSaysSo() {
        UUID later = site.instanceOn(host, "later");
        MemoryStore.Checkpoint then = site.store.checkpoint();
        Assignment held = given(0).assignments().getFirst();
        site.store.back(then);
        site.delete(later);
        site.remove(later);
        Link.Assignments first = given(0);
        report(first.version(), Map.of(), List.of(later), List.of(held));
        Row row = row(later);
        assertThat(given(0).assignments()).isEmpty();
        site.store.write(List.of(new Write.MarkDeleted(row.id(), row.meta().generation(), site.clock.now())));
        Link.Assignments end = given(0);
        assertThat(end.assignments()).hasSize(1);
        assertThat(end.assignments().getFirst().wanted()).isEqualTo(Assignment.Wanted.ABSENT);
        // While it goes it is told of; then it is gone from the table as well.
        report(end.version(), Map.of(), List.of(), List.of(end.assignments().getFirst()));
        assertThat(OrphanTable.on(site.store, host)).hasSize(1);
        report(end.version(), Map.of(), List.of(), List.of());
        assertThat(OrphanTable.on(site.store, host)).isEmpty();
        assertThat(given(0).assignments()).isEmpty();
    }
}
