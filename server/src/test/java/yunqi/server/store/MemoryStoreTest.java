package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static yunqi.server.store.Things.created;
import static yunqi.server.store.Things.row;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class MemoryStoreTest extends StoreContract {
    private final AtomicReference<Instant> now = new AtomicReference<>(Things.CREATED);
    private final MemoryStore store = new MemoryStore(now::get);

    @Override
    Store store() {
        return store;
    }

    @Override
    void pass(Duration time) {
        now.updateAndGet(before -> before.plus(time));
    }

    @Test
    void whatWasTrimmedIsNeverSilentlySkipped() {
        for (int i = 0; i < 10; i++) {
            created(store, row("n" + i));
        }
        store.trim(4);
        assertThat(store.changes(store.oldest(), 100)).hasSize(4);
        assertThatThrownBy(() -> store.changes(store.oldest() - 1, 100)).isInstanceOf(LogTrimmed.class);
        store.trim(0);
        assertThat(store.version()).isEqualTo(store.oldest());
        assertThat(store.changes(store.version(), 100)).isEmpty();
    }

    @Test
    void aSimulationIsNeverHeldUp() throws InterruptedException {
        MemoryStore still = MemoryStore.forSimulation(now::get);
        still.await(0, Duration.ofDays(1));
        assertThat(still.write(List.of(new Write.Create(row("a"))))).isInstanceOf(Written.Done.class);
    }
}
