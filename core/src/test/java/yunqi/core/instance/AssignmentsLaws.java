package yunqi.core.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import yunqi.core.instance.Assignment.Wanted;

/** A host that follows the decisions, with an engine that is a few variables, whatever is wanted and whatever happens to it. */
class AssignmentsLaws {
    private static final int ROUNDS = 400;
    private static final int STEPS = 12; // made, started and seen ready takes five

    private Instant now = Some.NOW;
    private Optional<Found> found = Optional.empty();
    private boolean attached;
    private LocalMemory memory = LocalMemory.NOTHING;
    private String boot = "boot-0";

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void whatIsWantedComesTrueAndThenNothingIsLeftToDo(long seed) {
        Random random = new Random(seed);
        long epoch = 1;
        long restarts = 0;
        for (int i = 0; i < ROUNDS; i++) {
            happen(random, i);
            Wanted wanted = one(random, Wanted.values());
            RestartPolicy policy = one(random, RestartPolicy.values());
            epoch += random.nextInt(10) == 0 ? 1 : 0;
            restarts += random.nextInt(5) == 0 ? 1 : 0;
            InstancePlan plan = Some.assignment(wanted, policy).plan();
            Assignment assignment = new Assignment(plan, wanted, epoch, policy, restarts, "plan-" + random.nextInt(2));
            settle(assignment);
            now = now.plusMillis(random.nextInt(100_000));
        }
    }

    private static <T> T one(Random random, T[] all) {
        return all[random.nextInt(all.length)];
    }

    /** Something that nobody asked for. */
    private void happen(Random random, int round) {
        switch (random.nextInt(4)) {
            case 0 -> {
                if (running()) {
                    found = Optional.of(as(Found.State.EXITED, Optional.of(random.nextInt(2))));
                }
            }
            case 1 -> {
                boot = "boot-" + round;
                attached = false;
                if (running()) {
                    found = Optional.of(as(Found.State.EXITED, Optional.empty()));
                }
            }
            default -> {} // nothing
        }
    }

    private boolean running() {
        return found.isPresent() && found.get().state() == Found.State.RUNNING;
    }

    private Found as(Found.State state, Optional<Integer> exitCode) {
        Found was = found.orElseThrow();
        return new Found(
                was.id(),
                was.epoch(),
                was.applied(),
                state,
                state == Found.State.RUNNING ? Optional.of(now) : was.started(),
                state == Found.State.EXITED ? Optional.of(now) : Optional.empty(),
                exitCode,
                state == Found.State.RUNNING);
    }

    private void settle(Assignment assignment) {
        for (int i = 0; i < STEPS; i++) {
            Here here = new Here(found, attached, attached);
            LocalMemory before = memory;
            memory = Assignments.remember(assignment, here, memory, boot, now);
            assertThat(memory.epoch()).isGreaterThanOrEqualTo(before.epoch());
            assertThat(Assignments.remember(assignment, here, memory, boot, now))
                    .as("seeing the same again changes nothing")
                    .isEqualTo(memory);
            LocalStep step = Assignments.next(assignment, here, memory, boot, now);
            if (step instanceof LocalStep.Done) {
                asWanted(assignment);
                return;
            }
            perform(assignment, here, step);
        }
        throw new AssertionError("not settled in " + STEPS + " steps: " + assignment);
    }

    private void perform(Assignment assignment, Here here, LocalStep step) {
        switch (step) {
            case LocalStep.Prepare() -> {
                assertThat(running()).as("nothing is made anew while it runs").isFalse();
                attached = true;
                found = Optional.of(new Found(
                        Some.ID,
                        assignment.epoch(),
                        assignment.applied(),
                        Found.State.CREATED,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        false));
            }
            case LocalStep.Start() -> {
                memory = Assignments.beforeStart(assignment, here, memory, boot);
                attached = true;
                now = now.plus(Duration.ofMillis(10));
                found = Optional.of(as(Found.State.RUNNING, Optional.empty()));
            }
            case LocalStep.Stop _ -> {
                memory = Assignments.beforeStop(memory);
                found = Optional.of(as(Found.State.EXITED, Optional.of(0)));
            }
            case LocalStep.Remove() -> {
                assertThat(assignment.wanted()).isEqualTo(Wanted.ABSENT);
                found = Optional.empty();
                attached = false;
            }
            case LocalStep.WaitUntil(var at) -> {
                assertThat(at).isAfter(now).isBeforeOrEqualTo(now.plus(Assignments.RESTART.limit()));
                now = at;
            }
            case LocalStep.Refuse _ -> throw new AssertionError("no older run was assigned");
            case LocalStep.Done() -> throw new AssertionError("done is dealt with before");
        }
    }

    private void asWanted(Assignment assignment) {
        switch (assignment.wanted()) {
            case ABSENT -> assertThat(found.isEmpty() && !attached).isTrue();
            case STOPPED -> assertThat(running()).isFalse();
            case RUNNING ->
                assertThat(running() || Assignments.over(assignment.restart(), memory.exitCode()))
                        .isTrue();
        }
        if (assignment.wanted() == Wanted.RUNNING && running()) {
            assertThat(found.orElseThrow().applied()).isEqualTo(assignment.applied());
            assertThat(memory.restarts()).isGreaterThanOrEqualTo(assignment.restarts());
        }
    }
}
