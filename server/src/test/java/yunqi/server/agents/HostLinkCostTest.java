package yunqi.server.agents;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.host.HostId;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.Phase;
import yunqi.core.wire.Link;
import yunqi.server.store.Change;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.StoreWrapper;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** What the link asks of the store, and what it misses should the log keep something to itself. */
final class HostLinkCostTest {
    private final Site site = new Site();
    private final HostLink link = new HostLink(site.store, site.clock);
    private final HostId here = site.host("here");
    private final HostId there = site.host("there");

    /** A store that counts what is asked of it, and may keep changes of instances to itself. */
    private static final class Counting extends StoreWrapper {
        private final Map<String, Integer> asked = new TreeMap<>();
        private boolean silent;

        Counting(Store store) {
            super(store);
        }

        @Override
        public List<Written> writeAll(List<List<Write>> transactions) {
            asked.merge("written together", transactions.size(), Integer::sum);
            asked.merge("batches", 1, Integer::sum);
            return super.writeAll(transactions);
        }

        @Override
        public Map<UUID, Row> all(Collection<UUID> ids) {
            asked.merge("rows", ids.size(), Integer::sum);
            return super.all(ids);
        }

        @Override
        public Page list(Query query) {
            asked.merge("lists", 1, Integer::sum);
            return super.list(query);
        }

        @Override
        public List<Change> changes(long after, int limit) {
            return super.changes(after, limit).stream()
                    .filter(change -> !silent || !change.kind().equals("instance"))
                    .toList();
        }
    }

    @Test
    void aChangeOfOneInstanceCostsTheSameHoweverManyThereAre() {
        Map<UUID, InstanceSeen> all = new TreeMap<>();
        for (int i = 0; i < 50; i++) {
            all.put(site.instanceOn(here, "i" + i), Site.seen(here, 1, Phase.RUNNING));
        }
        Counting store = new Counting(site.store);
        HostLink counted = new HostLink(store, site.clock);
        long version = counted.assignments(here, 0).orElseThrow().version();
        counted.observe(here, HostLinkTest.observation(1, true, all));
        store.asked.clear();

        assertThat(counted.assignments(here, version))
                .as("what it reported itself")
                .isEmpty();
        assertThat(store.asked).as("read for that").isEmpty();
        UUID one = site.instanceOn(here, "one");
        assertThat(counted.assignments(here, version).orElseThrow().assignments())
                .extracting(assignment -> assignment.id().value())
                .containsExactly(one);
        assertThat(store.asked).isEqualTo(Map.of("rows", 1));
    }

    @Test
    void aChangeThatTheLogKeptToItselfIsFoundSoon() {
        Counting store = new Counting(site.store);
        HostLink deaf = new HostLink(store, site.clock);
        UUID old = site.instanceOn(here, "old");
        long version = deaf.assignments(here, 0).orElseThrow().version();
        store.silent = true;
        UUID one = site.instanceOn(here, "one");
        site.decide(old, Optional.of(there), 2);
        assertThat(deaf.assignments(here, version)).isEmpty();

        site.pass(Duration.ofSeconds(31));

        Link.Assignments found = deaf.assignments(here, version).orElseThrow();
        assertThat(found.assignments()).extracting(a -> a.id().value()).containsExactly(one);
        assertThat(found.gone()).containsExactly(old);
    }

    @Test
    void moreThanIsRememberedOfOneHostIsReadAsAWhole() {
        long version = link.assignments(here, 0).orElseThrow().version();
        for (int i = 0; i < 600; i++) {
            site.instanceOn(here, "i" + i);
        }

        Link.Assignments news = link.assignments(here, version).orElseThrow();

        assertThat(news.full()).isFalse();
        assertThat(news.assignments()).hasSize(600);
        assertThat(link.assignments(here, news.version())).isEmpty();
    }

    @Test
    void contactsOfManyHostsAreWrittenTogether() {
        Counting store = new Counting(site.store);
        HostLink counted = new HostLink(store, site.clock);
        List<HostId> hosts = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            hosts.add(site.host("many-" + i));
        }
        hosts.forEach(host -> counted.observe(host, HostLinkTest.observation(1, true, Map.of())));
        for (int round = 0; round < 4; round++) {
            site.pass(Duration.ofSeconds(5));
            hosts.forEach(host -> counted.observe(host, HostLinkTest.observation(1, false, Map.of())));
        }
        site.pass(Duration.ofSeconds(2));
        counted.observe(hosts.getFirst(), HostLinkTest.observation(1, false, Map.of()));

        hosts.forEach(host -> assertThat(site.hostRow(host).seen().lastContact().orElseThrow())
                .isAfterOrEqualTo(Site.START.plusSeconds(15)));
        assertThat(store.asked.getOrDefault("written together", 0)).isBetween(60, 90);
        assertThat(store.asked.getOrDefault("batches", 0)).isLessThanOrEqualTo(5);
    }
}
