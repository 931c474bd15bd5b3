package yunqi.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.reconcile.Again;
import yunqi.server.store.Lease;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Store;
import yunqi.server.store.Written;

/** Found by the simulation: a lone server whose clock was set back did nothing for as long as that, since its lease seemed to be good and its next sweep far away. */
final class ControlClockTest {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Instant servers = now;
    private final Store store = MemoryStore.forSimulation(() -> now);
    private final List<Turn> sweeps = new ArrayList<>();
    private final Control control = new Control(inServersTime(), () -> servers, "alone", List.of(new Sweeps()));

    /** The store as PostgreSQL's clients have it: leases are told in the time of whoever asks. */
    private Store inServersTime() {
        return (Store) Proxy.newProxyInstance(
                Store.class.getClassLoader(), new Class<?>[] {Store.class}, (_, method, words) -> {
                    Object answer = method.invoke(store, words);
                    return answer instanceof Optional<?> some
                                    && some.isPresent()
                                    && some.get() instanceof Lease(var loop, var owner, var epoch, Instant _)
                            ? Optional.of(new Lease(loop, owner, epoch, servers.plus(Control.LEASE)))
                            : answer;
                });
    }

    private final class Sweeps implements Work {
        @Override
        public String kind() {
            return "flavor";
        }

        @Override
        public Again perform(UUID id, Turn turn) {
            return new Again.Done();
        }

        @Override
        public void sweep(Turn turn) {
            sweeps.add(turn);
        }
    }

    @Test
    void aClockThatIsSetBackHoldsNothingUp() {
        control.step();
        assertThat(sweeps).hasSize(1);
        now = now.plus(Control.LEASE).plusSeconds(5);
        servers = servers.minusSeconds(3_600);
        control.step();
        assertThat(sweeps).hasSize(2);
        assertThat(store.write(List.of(sweeps.getLast().guard()))).isInstanceOf(Written.Done.class);
    }
}
