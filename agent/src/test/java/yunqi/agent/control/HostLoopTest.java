package yunqi.agent.control;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.agent.control.OneHost.but;
import static yunqi.agent.control.OneHost.container;
import static yunqi.agent.control.OneHost.id;
import static yunqi.agent.control.OneHost.restarted;
import static yunqi.agent.control.OneHost.under;
import static yunqi.agent.control.OneHost.vm;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Assignment.Wanted;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.Phase;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.PortDriver;
import yunqi.core.wire.Link;
import yunqi.drivers.fake.Faults;

class HostLoopTest {
    private static final String STAYS = "sleep infinity";
    private final OneHost host = new OneHost();

    private static Assignment stays(int number) {
        return container(number, STAYS);
    }

    @Test
    void anAssignedInstanceRunsAndIsReady() {
        host.assign(stays(1));
        InstanceSeen seen = host.seen(id(1));
        assertThat(seen.phase()).isEqualTo(Phase.RUNNING);
        assertThat(seen.ready()).isTrue();
        assertThat(seen.readyAt()).isPresent();
        assertThat(seen.applied()).isEqualTo(stays(1).applied());
        assertThat(seen.trouble()).isEmpty();
        assertThat(seen.doing()).isEmpty();
    }

    @Test
    void stepsUnderWayAreToldSoonAndWhatTheyLedToAtOnce() {
        host.assign(stays(1));
        // the assignment itself, its making, its start, and that it runs
        assertThat(host.signals).containsExactly("seen", "doing", "doing", "seen");
    }

    @Test
    void aVmIsReadyOnlyOnceItsGuestIs() {
        host.assign(vm(1, 64));
        assertThat(host.seen(id(1)).phase()).isEqualTo(Phase.RUNNING);
        assertThat(host.seen(id(1)).ready()).isFalse();
        host.pass(Duration.ofSeconds(3));
        assertThat(host.seen(id(1)).ready()).isTrue();
        assertThat(Duration.between(
                        host.seen(id(1)).started().orElseThrow(),
                        host.seen(id(1)).readyAt().orElseThrow()))
                .isBetween(Duration.ofSeconds(2), Duration.ofMillis(2_300));
    }

    @Test
    void anEndThatNobodyToldOfIsFoundThoughTheClockWasSetBack() {
        host.assign(stays(1));
        host.pass(Duration.ofSeconds(6));
        host.faults.set("instance.wake", new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE));
        host.machine.crash(id(1), 1);
        host.setBack(Duration.ofHours(1));
        host.pass(Duration.ofSeconds(12));
        assertThat(host.seen(id(1)).phase()).isEqualTo(Phase.RUNNING);
        assertThat(host.seen(id(1)).crashes()).isEqualTo(1);
    }

    @Test
    void aStopIsObeyedAndIsNoCrash() {
        host.assign(stays(1));
        host.assign(but(stays(1), Wanted.STOPPED));
        assertThat(host.seen(id(1)).phase()).isEqualTo(Phase.STOPPED);
        assertThat(host.seen(id(1)).crashes()).isZero();
        host.assign(stays(1));
        assertThat(host.seen(id(1)).phase()).isEqualTo(Phase.RUNNING);
    }

    @Test
    void aDeletedInstanceLeavesNothing() {
        host.assign(stays(1));
        host.assign(but(stays(1), Wanted.ABSENT));
        assertThat(host.seen(id(1)).phase()).isEqualTo(Phase.ABSENT);
        assertThat(host.machine.everything()).isEmpty();
        assertThat(host.machine.attached()).isEmpty();
        host.unassign(id(1));
        assertThat(host.report()).isEmpty();
    }

    @Test
    void portsThatCouldNotBeRemovedAreTriedAgain() {
        host.assign(stays(1));
        host.faults.set("port.detach", new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE));
        host.assign(but(stays(1), Wanted.ABSENT));
        assertThat(host.seen(id(1)).phase()).isNotEqualTo(Phase.ABSENT);
        assertThat(host.seen(id(1)).trouble()).contains("port.detach");
        host.faults.clear();
        host.pass(Duration.ofSeconds(2));
        assertThat(host.seen(id(1)).phase()).isEqualTo(Phase.ABSENT);
        assertThat(host.machine.attached()).isEmpty();
    }

    @Test
    void whatEndsByItselfIsStartedAgainAfterPausesThatGrow() {
        host.assign(stays(1));
        host.pass(Duration.ofSeconds(1));
        host.machine.crash(id(1), 9);
        host.pass(Duration.ofMillis(1));
        InstanceSeen seen = host.seen(id(1));
        assertThat(seen.phase()).isEqualTo(Phase.STOPPED);
        assertThat(seen.exitCode()).contains(9);
        assertThat(seen.crashes()).isEqualTo(1);
        assertThat(seen.nextStart()).isPresent();
        host.pass(Duration.ofSeconds(1));
        assertThat(host.seen(id(1)).phase()).isEqualTo(Phase.RUNNING);
        host.machine.crash(id(1), 9);
        host.pass(Duration.ofMillis(1_500));
        assertThat(host.seen(id(1)).phase()).isEqualTo(Phase.STOPPED);
        assertThat(host.seen(id(1)).crashes()).isEqualTo(2);
        host.pass(Duration.ofMillis(600));
        assertThat(host.seen(id(1)).phase()).isEqualTo(Phase.RUNNING);
        host.pass(Duration.ofSeconds(65));
        assertThat(host.seen(id(1)).crashes()).isZero();
    }

    @Test
    void aLostWakeUpIsFoundByTheList() {
        host.assign(stays(1));
        host.faults.set("instance.wake", new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE));
        host.machine.crash(id(1), 9);
        host.pass(HostLoop.LIST.plus(Duration.ofSeconds(1)));
        assertThat(host.seen(id(1)).phase()).isEqualTo(Phase.RUNNING);
        assertThat(host.seen(id(1)).crashes()).isEqualTo(1);
    }

    @Test
    void policiesLeaveWhatHasDoneItsWork() {
        host.assign(but(container(1, "exit 0"), RestartPolicy.ON_FAILURE));
        host.assign(but(container(2, "exit 3"), RestartPolicy.NEVER));
        host.assign(but(container(3, "exit 3"), RestartPolicy.ON_FAILURE));
        host.pass(Duration.ofSeconds(20));
        assertThat(host.seen(id(1)).crashes()).isEqualTo(1);
        assertThat(host.seen(id(1)).nextStart()).isEmpty();
        assertThat(host.seen(id(2)).crashes()).isEqualTo(1);
        assertThat(host.seen(id(2)).exitCode()).contains(3);
        assertThat(host.seen(id(3)).crashes()).isGreaterThan(2);
        host.machine.powerCut();
        host.restartAgent();
        host.pass(Duration.ofSeconds(20));
        assertThat(host.seen(id(1)).crashes())
                .as("work that is done is not done again after a boot")
                .isEqualTo(1);
    }

    @Test
    void aRestartThatIsAskedForIsDoneOnce() {
        host.assign(stays(1));
        Optional<Instant> first = host.seen(id(1)).started();
        host.pass(Duration.ofSeconds(10));
        host.assign(restarted(stays(1), 1));
        Optional<Instant> second = host.seen(id(1)).started();
        assertThat(second).isNotEqualTo(first);
        assertThat(host.seen(id(1)).restarts()).isEqualTo(1);
        assertThat(host.seen(id(1)).crashes()).isZero();
        host.pass(Duration.ofSeconds(10));
        host.restartAgent();
        host.pass(Duration.ofSeconds(10));
        assertThat(host.seen(id(1)).started()).isEqualTo(second);
    }

    @Test
    void anotherPlanIsAppliedByAStopAndAStart() {
        host.assign(vm(1, 64));
        host.pass(Duration.ofSeconds(5));
        host.assign(vm(1, 128));
        host.pass(Duration.ofSeconds(5));
        assertThat(host.seen(id(1)).applied()).isEqualTo(vm(1, 128).applied());
        assertThat(host.seen(id(1)).ready()).isTrue();
    }

    @Test
    void anAgentWithoutServerKeepsItsInstancesRunning() {
        host.assign(stays(1));
        host.machine.powerCut();
        host.restartAgent();
        host.pass(Duration.ofSeconds(1));
        assertThat(host.machine.running()).containsExactly(id(1));
        assertThat(host.machine.attached()).containsExactly(id(1).value());
        host.machine.crash(id(1), 1);
        host.restartAgent();
        host.pass(Duration.ofSeconds(2));
        assertThat(host.machine.running()).containsExactly(id(1));
    }

    @Test
    void aRestartOfTheAgentTouchesNothing() {
        host.assign(stays(1));
        Optional<Instant> started = host.seen(id(1)).started();
        host.restartAgent();
        host.pass(Duration.ofSeconds(10));
        assertThat(host.seen(id(1)).started()).isEqualTo(started);
        assertThat(host.seen(id(1)).crashes()).isZero();
    }

    @Test
    void anOlderRunIsNotObeyed() {
        host.assign(under(stays(1), 5));
        host.assign(but(under(stays(1), 4), Wanted.ABSENT));
        host.pass(Duration.ofSeconds(10));
        assertThat(host.machine.running()).containsExactly(id(1));
        assertThat(host.seen(id(1)).epoch()).isEqualTo(5);
        host.restartAgent();
        host.assign(but(under(stays(1), 4), Wanted.ABSENT));
        assertThat(host.machine.running()).containsExactly(id(1));
    }

    @Test
    void aServerThatDoesNotKnowTheHostsEpochIsNotObeyed() {
        host.assign(stays(1));
        host.tell(3);
        host.restartAgent();
        host.unassign(id(1));
        host.assign(stays(2));
        assertThat(host.machine.running()).containsExactly(id(1));
        host.tell(3);
        assertThat(host.machine.running()).containsExactly(id(1), id(2));
    }

    @Test
    void whatNobodyAssignedIsLeftRunningAndReported() throws Exception {
        Assignment stranger = stays(9);
        host.machine
                .instances(ImageType.CONTAINER)
                .create(
                        stranger,
                        new LocalImage(stranger.plan().image().digest(), ImageType.CONTAINER, "some"),
                        List.of());
        host.machine.instances(ImageType.CONTAINER).start(stranger.id());
        host.pass(Duration.ofSeconds(10));
        Link.Observation report = host.loop().report(Optional.empty(), List.of());
        assertThat(report.orphans()).containsExactly(stranger.id().value());
        assertThat(host.machine.running()).containsExactly(stranger.id());
    }

    @Test
    void whatIsNoLongerAssignedWithoutADeletionIsLeftRunning() {
        host.assign(stays(1));
        host.unassign(id(1));
        host.pass(Duration.ofSeconds(10));
        assertThat(host.machine.running()).containsExactly(id(1));
        assertThat(host.loop().report(Optional.empty(), List.of()).orphans()).containsExactly(id(1).value());
    }

    @Test
    void whatWasDeletedAndShowsUpAgainIsRemoved() throws Exception {
        host.assign(stays(1));
        host.assign(but(stays(1), Wanted.ABSENT));
        host.unassign(id(1));
        host.restartAgent();
        // An engine finishes late what it was asked long ago.
        host.machine
                .instances(ImageType.CONTAINER)
                .create(
                        stays(1),
                        new LocalImage(stays(1).plan().image().digest(), ImageType.CONTAINER, "some"),
                        List.of());
        host.pass(Duration.ofSeconds(10));
        assertThat(host.machine.everything()).isEmpty();
        assertThat(host.loop().report(Optional.empty(), List.of()).orphans()).isEmpty();
    }

    @Test
    void portsThatShowUpAfterADeletionAreRemoved() throws EngineException {
        host.assign(stays(1));
        host.assign(but(stays(1), Wanted.ABSENT));
        host.unassign(id(1));
        host.pass(Duration.ofMinutes(1));
        // What an agent that was killed had asked for is done after the deletion was.
        host.machine
                .ports()
                .attach(
                        id(1).value(),
                        PortDriver.Form.NAMESPACE,
                        stays(1).plan().nics());
        assertThat(host.machine.attached()).isNotEmpty();
        host.pass(Duration.ofSeconds(10));
        assertThat(host.machine.attached()).isEmpty();
    }

    @Test
    void anEngineThatIsAwayIsTriedAgainAndSaidSo() {
        host.faults.set("instance.create", new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE));
        host.assign(stays(1));
        host.pass(Duration.ofSeconds(3));
        assertThat(host.seen(id(1)).trouble()).contains("instance.create");
        assertThat(host.seen(id(1)).phase()).isEqualTo(Phase.PREPARING);
        host.faults.clear();
        host.pass(Duration.ofSeconds(30));
        assertThat(host.seen(id(1)).ready()).isTrue();
        assertThat(host.seen(id(1)).trouble()).isEmpty();
    }

    @Test
    void anEngineThatLiesDoesNoHarm() {
        for (String operation :
                List.of("instance.create", "instance.start", "instance.stop", "instance.remove", "port")) {
            host.faults.set(operation, new Faults.Fault.Lies(EngineException.Kind.BUSY));
            host.assign(stays(1));
            host.pass(Duration.ofSeconds(2));
            host.faults.clear();
            host.pass(Duration.ofSeconds(10));
            assertThat(host.seen(id(1)).ready()).as(operation).isTrue();
            assertThat(host.seen(id(1)).crashes()).as(operation).isZero();
            host.faults.set(operation, new Faults.Fault.Lies(EngineException.Kind.BUSY));
            host.assign(but(stays(1), Wanted.STOPPED));
            host.pass(Duration.ofSeconds(2));
            host.faults.clear();
            host.pass(Duration.ofSeconds(10));
            assertThat(host.seen(id(1)).phase()).as(operation).isEqualTo(Phase.STOPPED);
        }
    }
}
