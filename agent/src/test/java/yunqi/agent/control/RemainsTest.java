package yunqi.agent.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.Phase;
import yunqi.core.wire.Link;

/** What a host does when the server has forgotten what it told it. */
final class RemainsTest {
    private final OneHost host = new OneHost();
    private final Assignment one = OneHost.container(1, "sleep");
    private final InstanceId id = one.id();

    private Link.Observation report() {
        return host.loop().report(Optional.empty(), List.of());
    }

    private void told(Link.Assignments given) throws EngineException {
        host.loop().assign(given);
        host.pass(Duration.ofSeconds(10));
    }

    @Test
    void whatIsForgottenIsLeftAndToldOfWithAllThatWasSaidOfIt() {
        host.assign(one);
        host.pass(Duration.ofSeconds(10));
        host.unassign(id);
        assertThat(report().orphans()).containsExactly(id.value());
        assertThat(report().left()).contains(List.of(one));
        host.pass(Duration.ofSeconds(30));
        host.restartAgent();
        host.pass(Duration.ofSeconds(10));
        assertThat(host.machine.running()).containsExactly(id);
        assertThat(report().orphans()).containsExactly(id.value());
        assertThat(report().left()).contains(List.of(one));
        assertThat(host.loop().images()).contains(one.plan().image().digest());
        host.assign(one);
        host.pass(Duration.ofSeconds(10));
        assertThat(host.seen(id).phase()).isEqualTo(Phase.RUNNING);
        assertThat(report().left()).isEmpty();
        assertThat(host.machine.running()).containsExactly(id);
    }

    @Test
    void ofWhatTheServerSaysNothingItGoesOnAndTellsWhatItWasTold() throws EngineException {
        host.assign(one);
        host.pass(Duration.ofSeconds(10));
        told(new Link.Assignments(
                1_000,
                1,
                true,
                List.of(),
                List.of(),
                Optional.of(List.of(id.value(), OneHost.id(2).value()))));
        assertThat(host.machine.running()).containsExactly(id);
        assertThat(report().orphans()).isEmpty();
        assertThat(report().left()).contains(List.of(one));
        assertThat(report().version()).contains(1_000L);
        assertThat(host.seen(id).phase()).isEqualTo(Phase.RUNNING);
    }

    @Test
    void whatWasDeletedOnAnOrderThatIsForgottenIsNotMadeAgain() throws EngineException {
        host.assign(one);
        host.pass(Duration.ofSeconds(10));
        host.assign(OneHost.but(one, Assignment.Wanted.ABSENT));
        host.pass(Duration.ofSeconds(10));
        host.unassign(id);
        host.pass(Duration.ofSeconds(10));
        assertThat(host.machine.everything()).isEmpty();
        host.assign(one);
        host.pass(Duration.ofSeconds(10));
        assertThat(host.machine.everything()).isEmpty();
        assertThat(host.seen(id).phase()).isEqualTo(Phase.ABSENT);
    }
}
