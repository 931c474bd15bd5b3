package yunqi.core.instance;

import java.time.Instant;
import java.util.Optional;

/**
 * What a host remembers about an instance across restarts of the agent: the highest run epoch it was assigned, the boot in which it last started it,
 * crashes in a row, the last restart request that was done, and when it was first ready under this epoch.
 */
public record LocalMemory(
        long epoch,
        String bootId,
        int crashes,
        Optional<Instant> lastExit,
        long restarts,
        Optional<Instant> readyAt,
        Optional<Integer> exitCode) {
    public static final LocalMemory NOTHING =
            new LocalMemory(0, "", 0, Optional.empty(), 0, Optional.empty(), Optional.empty());
}
