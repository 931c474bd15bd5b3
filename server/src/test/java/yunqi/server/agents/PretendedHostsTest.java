package yunqi.server.agents;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.server.Eventually;
import yunqi.server.host.HostTable;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Query;

/** Pretended hosts report and go with their server. */
final class PretendedHostsTest {
    @Test
    void theyAreReadyAndTheSameAfterARestart() throws Exception {
        MemoryStore store = new MemoryStore(Instant::now);
        List<UUID> first;
        try (PretendedHosts hosts = new PretendedHosts(store, new HostLink(store, Instant::now), Instant::now)) {
            hosts.start(5);
            allReady(store);
            first = ids(store);
        }
        try (PretendedHosts hosts = new PretendedHosts(store, new HostLink(store, Instant::now), Instant::now)) {
            hosts.start(5);
            allReady(store);
            assertThat(ids(store)).isEqualTo(first);
        }
        store.close();
    }

    private static List<UUID> ids(MemoryStore store) {
        return store.list(Query.all(HostTable.KIND)).rows().stream()
                .map(row -> row.id())
                .toList();
    }

    private static long ready(MemoryStore store) {
        return store.list(Query.all(HostTable.KIND)).rows().stream()
                .filter(row -> HostTable.read(row).seen().facts().isPresent())
                .count();
    }

    private static void allReady(MemoryStore store) throws Exception {
        Eventually.within(Duration.ofSeconds(20), "five hosts are ready", () -> ready(store), count -> count == 5);
    }
}
