package yunqi.core.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static yunqi.core.instance.Some.BOOT;
import static yunqi.core.instance.Some.NOW;
import static yunqi.core.instance.Some.assignment;
import static yunqi.core.instance.Some.here;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import yunqi.core.instance.Assignment.Wanted;

class AssignmentsTest {
    private static final Assignment RUNNING = assignment(Wanted.RUNNING, RestartPolicy.ALWAYS);
    private static final Assignment STOPPED = assignment(Wanted.STOPPED, RestartPolicy.ALWAYS);
    private static final Assignment ABSENT = assignment(Wanted.ABSENT, RestartPolicy.ALWAYS);

    /** What a host remembers of an instance that it started in this boot and that ended by itself so often. */
    private static LocalMemory ended(int crashes, int exitCode) {
        return new LocalMemory(
                1,
                BOOT,
                crashes,
                Optional.of(NOW.plusSeconds(5)),
                0,
                Optional.empty(),
                Optional.of(exitCode),
                Optional.empty(),
                Optional.empty());
    }

    static Stream<Arguments> lives() {
        LocalMemory none = LocalMemory.NOTHING;
        Here exited = here(Found.State.EXITED, "plan");
        Here portsOnly = new Here(Optional.empty(), true, false);
        return Stream.of(
                arguments("made", RUNNING, Here.NOTHING, none, new LocalStep.Prepare()),
                arguments("started", RUNNING, here(Found.State.CREATED, "plan"), none, new LocalStep.Start()),
                arguments("left alone", RUNNING, here(Found.State.RUNNING, "plan"), none, new LocalStep.Done()),
                arguments(
                        "stopped for another plan",
                        RUNNING,
                        here(Found.State.RUNNING, "old"),
                        none,
                        new LocalStep.Stop("its plan changed")),
                arguments("made anew", RUNNING, here(Found.State.EXITED, "old"), none, new LocalStep.Prepare()),
                arguments("started after a boot", RUNNING, exited, none, new LocalStep.Start()),
                arguments(
                        "started again later",
                        RUNNING,
                        exited,
                        ended(3, 1),
                        new LocalStep.WaitUntil(NOW.plusSeconds(9))),
                arguments(
                        "left as it ended well",
                        assignment(Wanted.RUNNING, RestartPolicy.ON_FAILURE),
                        exited,
                        ended(1, 0),
                        new LocalStep.Done()),
                arguments(
                        "left as it ended",
                        assignment(Wanted.RUNNING, RestartPolicy.NEVER),
                        exited,
                        ended(1, 1),
                        new LocalStep.Done()),
                arguments("made but not started", STOPPED, Here.NOTHING, none, new LocalStep.Prepare()),
                arguments(
                        "stopped",
                        STOPPED,
                        here(Found.State.RUNNING, "plan"),
                        none,
                        new LocalStep.Stop("a stop was asked for")),
                arguments("left stopped", STOPPED, exited, none, new LocalStep.Done()),
                arguments("removed", ABSENT, here(Found.State.RUNNING, "plan"), none, new LocalStep.Remove()),
                arguments("removed with its ports", ABSENT, portsOnly, none, new LocalStep.Remove()),
                arguments("gone", ABSENT, Here.NOTHING, none, new LocalStep.Done()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lives")
    void nextStep(String what, Assignment assignment, Here here, LocalMemory memory, LocalStep step) {
        assertThat(Assignments.next(assignment, here, memory, BOOT, NOW.plusSeconds(6)))
                .as(what)
                .isEqualTo(step);
    }

    @Test
    void anOlderRunIsRefused() {
        LocalMemory memory = LocalMemory.NOTHING.under(2);
        assertThat(Assignments.next(ABSENT, here(Found.State.RUNNING, "plan"), memory, BOOT, NOW))
                .isEqualTo(new LocalStep.Refuse(2));
        assertThat(Assignments.remember(ABSENT, here(Found.State.RUNNING, "plan"), memory, BOOT, NOW))
                .isEqualTo(memory);
    }

    @Test
    void anEndThatNobodyAskedForIsACrashAndOnlyOnce() {
        LocalMemory running =
                Assignments.remember(RUNNING, here(Found.State.RUNNING, "plan"), LocalMemory.NOTHING, BOOT, NOW);
        LocalMemory ended =
                Assignments.remember(RUNNING, here(Found.State.EXITED, "plan"), running, BOOT, NOW.plusSeconds(6));
        assertThat(ended.crashes()).isEqualTo(1);
        assertThat(ended.lastExit()).contains(NOW.plusSeconds(5));
        assertThat(ended.exitCode()).contains(1);
        assertThat(Assignments.remember(RUNNING, here(Found.State.EXITED, "plan"), ended, BOOT, NOW.plusSeconds(7)))
                .isEqualTo(ended);
    }

    @Test
    void anEndThatWasAskedForIsNoCrash() {
        LocalMemory running =
                Assignments.remember(RUNNING, here(Found.State.RUNNING, "plan"), LocalMemory.NOTHING, BOOT, NOW);
        LocalMemory stopping = Assignments.beforeStop(running);
        LocalMemory ended =
                Assignments.remember(RUNNING, here(Found.State.EXITED, "plan"), stopping, BOOT, NOW.plusSeconds(6));
        assertThat(ended.crashes()).isZero();
        assertThat(Assignments.next(RUNNING, here(Found.State.EXITED, "plan"), ended, BOOT, NOW.plusSeconds(6)))
                .isEqualTo(new LocalStep.Start());
    }

    @Test
    void anAgentKilledBetweenRememberingAStartAndDoingItCountsNoCrash() {
        Here exited = here(Found.State.EXITED, "plan");
        LocalMemory starting = Assignments.beforeStart(RUNNING, exited, ended(1, 1), BOOT);
        LocalMemory after = Assignments.remember(RUNNING, exited, starting, BOOT, NOW.plusSeconds(60));
        assertThat(after.crashes()).isEqualTo(1);
        assertThat(Assignments.next(RUNNING, exited, after, BOOT, NOW.plusSeconds(60)))
                .isEqualTo(new LocalStep.Start());
    }

    @Test
    void aClockThatWasSetBackDoesNotHoldUpAStart() {
        assertThat(Assignments.next(
                        RUNNING, here(Found.State.EXITED, "plan"), ended(1, 1), BOOT, NOW.minusSeconds(3_600)))
                .isEqualTo(new LocalStep.Start());
    }

    @Test
    void whoRanWellIsForgiven() {
        LocalMemory memory = ended(5, 1);
        LocalMemory running = Assignments.remember(
                RUNNING, here(Found.State.RUNNING, "plan"), memory, BOOT, NOW.plus(Assignments.RAN_WELL));
        assertThat(running.crashes()).isZero();
    }
}
