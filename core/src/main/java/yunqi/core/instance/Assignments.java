package yunqi.core.instance;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import yunqi.core.host.HostId;
import yunqi.core.reconcile.Backoff;

/**
 * The pure decisions about instances on one host. No clock, no I/O, no logging. In each pass a host first {@link #remember}s what it sees, then asks what
 * comes {@link #next}; before a start and before a stop it keeps what {@link #beforeStart} and {@link #beforeStop} give, so that after a crash at any
 * point it still tells an end that was asked for from one that was not.
 */
public final class Assignments {
    /** Pauses between starts of an instance that keeps ending. */
    public static final Backoff RESTART = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60));

    /** An instance that ran this long before it ended ran well: its crashes are counted from nothing again. */
    public static final Duration RAN_WELL = Duration.ofSeconds(60);

    /** What the host does at the moment, and what was last in the way, both in words; empty if nothing. */
    public record Progress(String doing, String trouble) {}

    /** Which host this is, and in which boot of it. */
    public record Self(HostId host, String boot) {}

    private Assignments() {}

    /** The life of an instance on one host. {@code here} is what the host has, {@code memory} what it remembers. */
    public static LocalStep next(Assignment assignment, Here here, LocalMemory memory, String bootId, Instant now) {
        if (assignment.epoch() < memory.epoch()) {
            return new LocalStep.Refuse(memory.epoch());
        }
        return switch (assignment.wanted()) {
            case ABSENT -> here.found().isPresent() || here.attached() ? new LocalStep.Remove() : new LocalStep.Done();
            case STOPPED -> stopped(assignment, here);
            case RUNNING -> running(assignment, here, memory, bootId, now);
        };
    }

    private static LocalStep stopped(Assignment assignment, Here here) {
        if (here.running()) {
            return new LocalStep.Stop("a stop was asked for");
        }
        return here.madeFor(assignment) ? new LocalStep.Done() : new LocalStep.Prepare();
    }

    private static LocalStep running(Assignment assignment, Here here, LocalMemory memory, String bootId, Instant now) {
        if (here.running()) {
            if (!here.madeFor(assignment)) {
                return new LocalStep.Stop("its plan changed");
            }
            return assignment.restarts() > memory.restarts()
                    ? new LocalStep.Stop("a restart was asked for")
                    : new LocalStep.Done();
        }
        if (!here.madeFor(assignment)) {
            return new LocalStep.Prepare();
        }
        boolean endedByItself = here.in(Found.State.EXITED)
                && memory.lastExit().isPresent()
                && assignment.restarts() <= memory.restarts();
        if (!endedByItself) {
            return new LocalStep.Start();
        }
        if (over(assignment.restart(), memory.exitCode())) {
            return new LocalStep.Done();
        }
        Duration pause = RESTART.pause(memory.crashes());
        Instant at = memory.lastExit().orElseThrow().plus(pause);
        // After a boot it is not the instance's fault that it must be started; and a start that is further away than
        // the
        // pause means that the machine's clock was set back.
        boolean due = !memory.bootId().equals(bootId)
                || !at.isAfter(now)
                || now.plus(pause).isBefore(at);
        return due ? new LocalStep.Start() : new LocalStep.WaitUntil(at);
    }

    /** True if an instance that ended by itself with this code is left so. */
    static boolean over(RestartPolicy policy, Optional<Integer> exitCode) {
        return switch (policy) {
            case NEVER -> true;
            case ON_FAILURE -> exitCode.equals(Optional.of(0));
            case ALWAYS -> false;
        };
    }

    /** What the host remembers after it saw this. Seeing the same again changes nothing. */
    public static LocalMemory remember(
            Assignment assignment, Here here, LocalMemory memory, String bootId, Instant now) {
        if (assignment.epoch() < memory.epoch()) {
            return memory;
        }
        LocalMemory after = memory;
        if (memory.epoch() == 0 && here.running()) {
            // Everything was forgotten, but it runs: that is no reason to restart it for requests of long ago.
            after = after.withRestarts(assignment.restarts());
        }
        if (assignment.epoch() > memory.epoch()) {
            after = after.under(assignment.epoch());
        }
        if (here.found().isEmpty()) {
            return after;
        }
        Found found = here.found().get();
        after = switch (found.state()) {
            case CREATED -> after.endedAt(Optional.empty(), Optional.empty());
            case RUNNING -> {
                boolean well = found.started().isPresent()
                        && !found.started().get().plus(RAN_WELL).isAfter(now);
                yield after.startedIn(bootId)
                        .endedAt(Optional.empty(), Optional.empty())
                        .withCrashes(well ? 0 : after.crashes());
            }
            case EXITED ->
                assignment.wanted() == Assignment.Wanted.RUNNING
                        ? afterExit(found, after, bootId, now)
                        : after.startedIn("")
                                .endedAt(Optional.empty(), Optional.empty())
                                .withCrashes(0);
        };
        return here.ready() && after.readyAt().isEmpty() ? after.withReadyAt(now) : after;
    }

    private static LocalMemory afterExit(Found found, LocalMemory memory, String bootId, Instant now) {
        boolean old = found.started().isPresent() && found.started().equals(memory.previous());
        boolean known = memory.lastExit().isPresent();
        if (known || old || !memory.bootId().equals(bootId)) {
            return memory;
        }
        Instant end = found.finished().orElse(now);
        boolean well = found.started().isPresent()
                && !found.started().get().plus(RAN_WELL).isAfter(end);
        return memory.ended(new Ending(end, found.exitCode(), found.note()))
                .withCrashes(well ? 1 : memory.crashes() + 1);
    }

    /** What is kept before a start is tried: the restart that was asked for counts as done, and the end before it as dealt with. */
    public static LocalMemory beforeStart(Assignment assignment, Here here, LocalMemory memory, String bootId) {
        return memory.startedIn(bootId)
                .endedAt(Optional.empty(), Optional.empty())
                .withRestarts(assignment.restarts())
                .after(here.found().flatMap(Found::started));
    }

    /** What is kept before a stop is tried: the end that follows was asked for. */
    public static LocalMemory beforeStop(LocalMemory memory) {
        return memory.startedIn("").endedAt(Optional.empty(), Optional.empty()).withCrashes(0);
    }

    /** What the host reports. {@code next} is what it does next about the instance. */
    public static InstanceSeen seen(
            Self self, Assignment assignment, Here here, LocalMemory memory, LocalStep next, Progress progress) {
        Optional<Found> found = here.found();
        Optional<Instant> nextStart = next instanceof LocalStep.WaitUntil(var at) ? Optional.of(at) : Optional.empty();
        Optional<Integer> exitCode = memory.exitCode().isPresent() ? memory.exitCode() : found.flatMap(Found::exitCode);
        return new InstanceSeen(
                self.host(),
                memory.epoch(),
                phase(assignment, here),
                here.ready(),
                here.running() ? found.flatMap(Found::started) : Optional.empty(),
                memory.readyAt(),
                here.in(Found.State.EXITED) ? found.flatMap(Found::finished) : Optional.empty(),
                here.in(Found.State.EXITED) ? exitCode : Optional.empty(),
                memory.crashes(),
                nextStart,
                progress.doing(),
                progress.trouble(),
                memory.restarts(),
                found.map(Found::applied).orElse(""),
                Optional.of(self.boot()),
                memory.ending());
    }

    private static Phase phase(Assignment assignment, Here here) {
        if (here.running()) {
            return Phase.RUNNING;
        }
        if (assignment.wanted() == Assignment.Wanted.ABSENT) {
            return here.found().isPresent() ? Phase.STOPPED : here.attached() ? Phase.PREPARING : Phase.ABSENT;
        }
        return here.madeFor(assignment) ? Phase.STOPPED : Phase.PREPARING;
    }
}
