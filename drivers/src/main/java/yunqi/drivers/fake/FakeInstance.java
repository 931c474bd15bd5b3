package yunqi.drivers.fake;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import yunqi.core.image.ImageType;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.Session;

/** An instance on a pretended machine. To be used under the machine's lock only. */
final class FakeInstance {
    private static final int LOG_LIMIT = 1_000; // lines; a pretended instance that is restarted for days stays small
    private final InstancePlan plan;
    private final long epoch;
    private final String applied;
    private final List<String> log = new ArrayList<>();
    private final List<FakeSession> followers = new ArrayList<>();
    private Found.State state = Found.State.CREATED;
    private Optional<Instant> started = Optional.empty();
    private Optional<Instant> finished = Optional.empty();
    private Optional<Integer> exitCode = Optional.empty();
    private int doubleStarts;

    FakeInstance(Assignment assignment) {
        this.plan = assignment.plan();
        this.epoch = assignment.epoch();
        this.applied = assignment.applied();
    }

    InstanceId id() {
        return plan.id();
    }

    InstancePlan plan() {
        return plan;
    }

    String applied() {
        return applied;
    }

    Found.State state() {
        return state;
    }

    /** How often it was started while it ran. */
    int doubleStarts() {
        return doubleStarts;
    }

    void start(Instant now) {
        if (state == Found.State.RUNNING) {
            doubleStarts++;
        }
        state = Found.State.RUNNING;
        started = Optional.of(now);
        finished = Optional.empty();
        exitCode = Optional.empty();
        if (plan.type() == ImageType.VM) {
            print("guest " + plan.name() + " is up");
        }
        FakeScript script = FakeScript.of(plan.command());
        script.greetings().forEach(this::print);
        script.endsWith().ifPresent(code -> end(now, Optional.of(code)));
    }

    void end(Instant now, Optional<Integer> code) {
        state = Found.State.EXITED;
        finished = Optional.of(now);
        exitCode = code;
    }

    /** The machine goes off: what ran has ended, and nobody saw how. */
    void loseLife(Instant now) {
        if (state == Found.State.RUNNING) {
            end(now, Optional.empty());
        }
        closeFollowers();
    }

    void closeFollowers() {
        followers.forEach(FakeSession::close);
        followers.clear();
    }

    Found found(Instant now, Duration boot) {
        // A start in the future means that the machine's clock was set back: that is no reason for a guest not to be
        // up.
        boolean ready = state == Found.State.RUNNING
                && (started.orElseThrow().isAfter(now)
                        || !started.orElseThrow().plus(boot).isAfter(now));
        return new Found(id(), epoch, applied, state, started, finished, exitCode, ready);
    }

    Session logs(int tail, boolean follow) {
        FakeSession session = new FakeSession();
        int from = tail < 0 ? 0 : Math.max(0, log.size() - tail);
        log.subList(from, log.size()).forEach(line -> session.emit(Session.Channel.OUT, line + "\n"));
        if (follow) {
            followers.add(session);
        } else {
            session.end(Optional.empty());
        }
        return session;
    }

    private void print(String line) {
        if (log.size() == LOG_LIMIT) {
            log.removeFirst();
        }
        log.add(line);
        followers.removeIf(FakeSession::closed);
        followers.forEach(session -> session.emit(Session.Channel.OUT, line + "\n"));
    }
}
