package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static yunqi.server.store.Things.row;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import yunqi.server.store.FailingStore.Fault;

final class FailingStoreTest {
    private final MemoryStore inner = new MemoryStore(() -> Things.CREATED);

    /** Without faults it is the store inside. */
    @Nested
    final class WithoutFaults extends StoreContract {
        private java.time.Instant now = Things.CREATED;
        private final Store store = new FailingStore(new MemoryStore(() -> now), call -> Fault.NONE);

        @Override
        Store store() {
            return store;
        }

        @Override
        void pass(Duration time) {
            now = now.plus(time);
        }
    }

    @Test
    void eachFaultDoesWhatItSays() {
        Row stale = row("stale");
        Row before = row("before");
        Row after = row("after");
        Map<Object, Fault> faults =
                Map.of(stale, Fault.STALE, before, Fault.UNAVAILABLE_BEFORE, after, Fault.UNAVAILABLE_AFTER);
        List<String> asked = new ArrayList<>();
        Store store = new FailingStore(inner, call -> {
            asked.add(call.method());
            return call.writes().isEmpty()
                    ? Fault.NONE
                    : faults.getOrDefault(((Write.Create) call.writes().getFirst()).row(), Fault.NONE);
        });
        assertThat(Things.refused(store.write(List.of(new Write.Create(stale)))).reason())
                .isEqualTo(Written.Reason.STALE);
        assertThatThrownBy(() ->
                        store.writeAll(List.of(List.of(new Write.Create(before)), List.of(new Write.Create(after)))))
                .isInstanceOf(StoreUnavailable.class);
        assertThatThrownBy(() -> store.write(List.of(new Write.Create(after)))).isInstanceOf(StoreUnavailable.class);
        assertThat(store.get(after.id())).isPresent();
        assertThat(store.get(before.id())).isEmpty();
        assertThat(store.get(stale.id())).isEmpty();
        assertThat(asked).containsExactly("write", "writeAll", "write", "get", "get", "get");
    }
}
