package yunqi.core.instance;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import yunqi.core.reconcile.Backoff;

/** The pure decisions about instances on one host. No clock, no I/O, no logging. */
public final class Assignments {
    /** Pauses between starts of an instance that keeps ending. */
    public static final Backoff RESTART = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60));

    /** An instance that ran this long before it ended ran well: its crashes are counted from nothing again. */
    public static final Duration RAN_WELL = Duration.ofSeconds(60);

    private Assignments() {}

    /** The life of an instance on one host. {@code found} is what the engine has, {@code memory} what the host remembers. */
    public static LocalStep next(
            Assignment assignment, Optional<Found> found, LocalMemory memory, String bootId, Instant now) {
        if (assignment.epoch() < memory.epoch()) {
            return new LocalStep.Refuse(memory.epoch());
        }
        return switch (assignment.wanted()) {
            case ABSENT -> found.isPresent() ? new LocalStep.Remove() : new LocalStep.Done();
            case STOPPED -> stopped(assignment, found);
            case RUNNING -> running(assignment, found, memory, bootId, now);
        };
    }

    private static LocalStep stopped(Assignment assignment, Optional<Found> found) {
        if (found.isPresent() && found.get().state() == Found.State.RUNNING) {
            return new LocalStep.Stop("a stop was asked for");
        }
        return current(assignment, found) ? new LocalStep.Done() : new LocalStep.Prepare();
    }

    private static LocalStep running(
            Assignment assignment, Optional<Found> found, LocalMemory memory, String bootId, Instant now) {
        if (found.isPresent() && found.get().state() == Found.State.RUNNING) {
            if (!current(assignment, found)) {
                return new LocalStep.Stop("its plan changed");
            }
            return assignment.restarts() > memory.restarts()
                    ? new LocalStep.Stop("a restart was asked for")
                    : new LocalStep.Done();
        }
        if (!current(assignment, found)) {
            return new LocalStep.Prepare();
        }
        Found here = found.orElseThrow();
        boolean endedByItself = here.state() == Found.State.EXITED
                && memory.bootId().equals(bootId)
                && memory.lastExit().isPresent()
                && assignment.restarts() <= memory.restarts();
        if (!endedByItself) {
            return new LocalStep.Start();
        }
        boolean over = switch (assignment.restart()) {
            case NEVER -> true;
            case ON_FAILURE -> memory.exitCode().equals(Optional.of(0));
            case ALWAYS -> false;
        };
        if (over) {
            return new LocalStep.Done();
        }
        Instant at = memory.lastExit().orElseThrow().plus(RESTART.pause(memory.crashes()));
        return at.isAfter(now) ? new LocalStep.WaitUntil(at) : new LocalStep.Start();
    }

    private static boolean current(Assignment assignment, Optional<Found> found) {
        return found.isPresent()
                && found.get().applied().equals(assignment.applied())
                && found.get().epoch() == assignment.epoch();
    }
}
