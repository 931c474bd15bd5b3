package yunqi.server.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.host.HostSeen;
import yunqi.core.host.HostSpec;
import yunqi.core.wire.Wire;
import yunqi.server.host.HostTable;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

class SilenceTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final UUID HOST = new UUID(1, 1);

    @Test
    void whatHostsSaidCountsAfterARestartButNotAfterDownOrABootOfTheMachine(@TempDir Path folder) throws IOException {
        Path boot = Files.writeString(folder.resolve("boot"), "one\n");
        Silence silence = new Silence(folder, boot);
        try (Store store = new MemoryStore(() -> NOW)) {
            Meta meta =
                    new Meta(HOST, Optional.empty(), new Name("h1"), Labels.NONE, 1, 0, 0, 0, NOW, Optional.empty());
            store.write(List.of(new Write.Create(new Row(
                    HostTable.KIND, meta, Wire.write(HostSpec.FIRST), Row.EMPTY, Row.EMPTY, Optional.empty()))));
            silence.beforeStart(store);
            heard(store);

            silence.beforeStart(store);
            assertThat(boot(store)).as("a mere restart").isPresent();

            silence.down();
            assertThat(boot(store)).isPresent();
            silence.beforeStart(store);
            assertThat(boot(store)).as("down and up").isEmpty();
            assertThat(HostTable.read(store.get(HOST).orElseThrow()).seen().lastContact())
                    .as("since when it is silent is still known")
                    .contains(NOW);

            heard(store);
            Files.writeString(boot, "two\n");
            silence.beforeStart(store);
            assertThat(boot(store)).as("another boot").isEmpty();
        }
    }

    private static Optional<String> boot(Store store) {
        return HostTable.read(store.get(HOST).orElseThrow()).seen().boot();
    }

    private static void heard(Store store) {
        HostSeen seen = new HostSeen(
                Optional.empty(), Optional.of(NOW), List.of(), List.of(), Optional.of("boot"), Optional.empty());
        long before = store.get(HOST).orElseThrow().meta().observation();
        store.write(List.of(new Write.Observe(HOST, before, Wire.write(seen))));
    }
}
