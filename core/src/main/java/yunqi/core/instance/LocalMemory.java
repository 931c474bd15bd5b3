package yunqi.core.instance;

import java.time.Instant;
import java.util.Optional;

/**
 * What a host remembers about an instance across restarts of the agent: the highest run epoch it was assigned, the boot in which it last started it
 * (empty once it was asked to stop), crashes in a row, when it last ended by itself and how, the last restart request that was done, and when it was
 * first ready under this epoch. {@code previous} is when the run began that came before the last start: an end that belongs to it is an old one.
 * {@code ending} is the last end that nobody asked for, also after it was dealt with.
 */
public record LocalMemory(
        long epoch,
        String bootId,
        int crashes,
        Optional<Instant> lastExit,
        long restarts,
        Optional<Instant> readyAt,
        Optional<Integer> exitCode,
        Optional<Instant> previous,
        Optional<Ending> ending) {
    public static final LocalMemory NOTHING = new LocalMemory(
            0, "", 0, Optional.empty(), 0, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    LocalMemory under(long newEpoch) {
        return new LocalMemory(
                newEpoch, bootId, crashes, lastExit, restarts, Optional.empty(), exitCode, previous, ending);
    }

    LocalMemory startedIn(String boot) {
        return new LocalMemory(epoch, boot, crashes, lastExit, restarts, readyAt, exitCode, previous, ending);
    }

    LocalMemory withCrashes(int count) {
        return new LocalMemory(epoch, bootId, count, lastExit, restarts, readyAt, exitCode, previous, ending);
    }

    LocalMemory endedAt(Optional<Instant> at, Optional<Integer> code) {
        return new LocalMemory(epoch, bootId, crashes, at, restarts, readyAt, code, previous, ending);
    }

    LocalMemory withRestarts(long done) {
        return new LocalMemory(epoch, bootId, crashes, lastExit, done, readyAt, exitCode, previous, ending);
    }

    LocalMemory withReadyAt(Instant at) {
        return new LocalMemory(epoch, bootId, crashes, lastExit, restarts, Optional.of(at), exitCode, previous, ending);
    }

    LocalMemory after(Optional<Instant> run) {
        return new LocalMemory(epoch, bootId, crashes, lastExit, restarts, readyAt, exitCode, run, ending);
    }

    LocalMemory ended(Ending how) {
        return new LocalMemory(
                epoch,
                bootId,
                crashes,
                Optional.of(how.at()),
                restarts,
                readyAt,
                how.exitCode(),
                previous,
                Optional.of(how));
    }
}
