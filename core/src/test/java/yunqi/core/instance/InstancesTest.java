package yunqi.core.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static yunqi.core.instance.Some.decided;
import static yunqi.core.instance.Some.instance;
import static yunqi.core.instance.Some.seen;
import static yunqi.core.instance.Some.spec;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Name;

class InstancesTest {
    private static final Instances.Resolved SMALL =
            new Instances.Resolved(Optional.of(Some.SMALL), Optional.of("plan"));
    private static final Step WAIT = new Step.Wait(Instances.PATIENCE);

    static Stream<Arguments> lives() {
        InstanceDecided nothing = InstanceDecided.NOTHING;
        Optional<InstanceSeen> unseen = Optional.empty();
        return Stream.of(
                arguments("a new one is placed", instance(true, spec(), nothing, unseen), new Step.Place()),
                arguments("a placed one is the host's", instance(true, spec(), decided(), unseen), WAIT),
                arguments("a ready one is done", running(seen(Phase.RUNNING, true)), new Step.Done()),
                arguments("one that is not ready is waited for", running(seen(Phase.RUNNING, false)), WAIT),
                arguments(
                        "one in trouble is waited for",
                        running(seen(Phase.RUNNING, true, Optional.empty(), 0, "no disk")),
                        WAIT),
                arguments(
                        "a stopped one is done",
                        instance(true, spec().withRunning(false), decided(), Optional.of(seen(Phase.STOPPED, false))),
                        new Step.Done()),
                arguments(
                        "one to be restarted is waited for",
                        instance(true, spec().withRestarts(1), decided(), Optional.of(seen(Phase.RUNNING, true))),
                        WAIT),
                arguments(
                        "one that has done its work is done",
                        instance(
                                true,
                                spec(RestartPolicy.ON_FAILURE),
                                decided(),
                                Optional.of(seen(Phase.STOPPED, false, Optional.of(0), 1, ""))),
                        new Step.Done()),
                arguments(
                        "a deleted new one is forgotten", instance(false, spec(), nothing, unseen), new Step.Forget()),
                arguments("a deleted one is the host's", instance(false, spec(), decided(), unseen), WAIT),
                arguments(
                        "a deleted one that is still there is waited for",
                        instance(false, spec(), decided(), Optional.of(seen(Phase.STOPPED, false))),
                        WAIT),
                arguments(
                        "a deleted one that is gone is forgotten",
                        instance(false, spec(), decided(), Optional.of(seen(Phase.ABSENT, false))),
                        new Step.Forget()));
    }

    private static Instance running(InstanceSeen seen) {
        return instance(true, spec(), decided(), Optional.of(seen));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lives")
    void nextStep(String what, Instance instance, Step step) {
        assertThat(Instances.next(instance, SMALL)).as(what).isEqualTo(step);
    }

    @Test
    void whatIsDecidedFollowsSizeImageAndNetworks() {
        Instance ready = running(seen(Phase.RUNNING, true));
        assertThat(Instances.next(ready, new Instances.Resolved(Optional.of(Some.LARGE), Optional.of("plan"))))
                .isEqualTo(new Step.Refit());
        assertThat(Instances.next(ready, new Instances.Resolved(Optional.empty(), Optional.of("plan"))))
                .as("a flavor that is no more changes nothing")
                .isEqualTo(new Step.Done());
        assertThat(Instances.next(with(spec(), new Name("other"), spec().networks()), SMALL))
                .isEqualTo(new Step.Refit());
        assertThat(Instances.next(with(spec(), spec().image(), nics("second", Optional.empty())), SMALL))
                .isEqualTo(new Step.Refit());
        assertThat(Instances.next(
                        with(spec(), spec().image(), nics("default", Optional.of(IpAddress.parse("10.0.0.9")))), SMALL))
                .isEqualTo(new Step.Refit());
        assertThat(Instances.next(
                        with(spec(), spec().image(), nics("default", Optional.of(IpAddress.parse("10.0.0.5")))), SMALL))
                .isEqualTo(new Step.Done());
    }

    private static List<InstanceSpec.Nic> nics(String network, Optional<IpAddress> address) {
        return List.of(new InstanceSpec.Nic(new Name(network), address));
    }

    private static Instance with(InstanceSpec s, Name image, List<InstanceSpec.Nic> networks) {
        InstanceSpec spec = new InstanceSpec(
                s.type(),
                image,
                s.flavor(),
                networks,
                s.running(),
                s.restart(),
                s.command(),
                s.env(),
                s.userData(),
                s.keys(),
                s.hostLabels(),
                s.host(),
                s.restarts());
        return instance(true, spec, decided(), Optional.of(seen(Phase.RUNNING, true)));
    }

    @Test
    void whatAnotherRunSaidDoesNotCount() {
        InstanceDecided later = new InstanceDecided(
                decided().host(),
                2,
                decided().shape(),
                decided().image(),
                decided().nics(),
                decided().placed(),
                "",
                Optional.empty());
        assertThat(Instances.next(instance(false, spec(), later, Optional.of(seen(Phase.ABSENT, false))), SMALL))
                .isEqualTo(WAIT);
    }
}
