package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;

/** What every store does, with the cache before it; and that it spares looks and never shows what this server knows to be old. */
final class NameCacheTest extends StoreContract {
    private final AtomicReference<Instant> now = new AtomicReference<>(Things.CREATED);
    private final MemoryStore behind = new MemoryStore(now::get);
    private final List<String> calls = new ArrayList<>();
    private FailingStore.Fault next = FailingStore.Fault.NONE;
    private final NameCache store = new NameCache(
            new FailingStore(behind, call -> {
                calls.add(call.method());
                FailingStore.Fault fault = call.writes().isEmpty() ? FailingStore.Fault.NONE : next;
                next = FailingStore.Fault.NONE;
                return fault;
            }),
            now::get);

    @Override
    Store store() {
        return store;
    }

    @Override
    void pass(Duration time) {
        now.updateAndGet(before -> before.plus(time));
    }

    @Test
    void whatHardlyChangesIsLookedUpOnce() {
        Row flavor = flavor("small", "{}");
        store.write(List.of(new Write.Create(flavor)));
        assertThat(found("small")).isPresent();
        calls.clear();
        for (int i = 0; i < 5; i++) {
            assertThat(found("small").map(Row::id)).contains(flavor.id());
        }
        assertThat(calls).doesNotContain("find");
    }

    @Test
    void nothingIsRememberedForLong() {
        store.write(List.of(new Write.Create(flavor("small", "{}"))));
        for (Duration time : List.of(Duration.ofSeconds(6), Duration.ofHours(-1))) { // also when the clock is set back
            assertThat(found("small")).isPresent();
            pass(time);
            calls.clear();
            assertThat(found("small")).isPresent();
            assertThat(calls).contains("find");
        }
    }

    @Test
    void itsOwnAndOthersWritesAreSeenAtOnce() {
        Row flavor = flavor("small", "{}");
        store.write(List.of(new Write.Create(flavor)));
        assertThat(found("small").orElseThrow().desired()).isEqualTo("{}");
        store.write(List.of(new Write.Declare(flavor.id(), 1, Labels.NONE, "{\"mine\":1}")));
        assertThat(found("small").orElseThrow().desired()).contains("mine");
        behind.write(List.of(new Write.Declare(flavor.id(), 2, Labels.NONE, "{\"others\":1}")));
        assertThat(found("small").orElseThrow().desired()).contains("others");
    }

    @Test
    void whatIsGoneIsNotRemembered() {
        Row flavor = flavor("small", "{}");
        store.write(List.of(new Write.Create(flavor)));
        assertThat(found("small")).isPresent();
        store.write(List.of(new Write.MarkDeleted(flavor.id(), 1, Things.CREATED)));
        assertThat(store.write(List.of(new Write.Remove(flavor.id(), 0)))).isInstanceOf(Written.Done.class);
        assertThat(found("small")).isEmpty();
        store.write(List.of(new Write.Create(flavor("small", "{\"second\":1}"))));
        assertThat(found("small").orElseThrow().desired()).contains("second");
    }

    @Test
    void afterARefusalOrALostAnswerItLooksAgain() {
        Row flavor = flavor("small", "{}");
        store.write(List.of(new Write.Create(flavor)));
        for (FailingStore.Fault fault : List.of(FailingStore.Fault.STALE, FailingStore.Fault.UNAVAILABLE_AFTER)) {
            assertThat(found("small")).isPresent();
            next = fault;
            List<Write> write = List.of(new Write.Declare(flavor.id(), 1, Labels.NONE, "{\"lost\":1}"));
            if (fault == FailingStore.Fault.STALE) {
                assertThat(store.write(write)).isInstanceOf(Written.Refused.class);
            } else {
                assertThatThrownBy(() -> store.write(write)).isInstanceOf(StoreUnavailable.class);
            }
            calls.clear();
            assertThat(found("small")).isPresent();
            assertThat(calls).contains("find");
        }
        assertThat(found("small").orElseThrow().desired()).contains("lost");
    }

    private Optional<Row> found(String name) {
        return store.find("flavor", Optional.empty(), new Name(name));
    }

    private static Row flavor(String name, String desired) {
        Meta meta = new Meta(
                UUID.randomUUID(),
                Optional.empty(),
                new Name(name),
                Labels.NONE,
                1,
                0,
                0,
                0,
                Things.CREATED,
                Optional.empty());
        return new Row("flavor", meta, desired, Row.EMPTY, Row.EMPTY, Optional.empty());
    }
}
