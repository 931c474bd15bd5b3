package yunqi.core.instance;

import java.time.Instant;
import java.util.Optional;
import yunqi.core.host.HostId;

/**
 * What a host saw of an instance. {@code epoch} is the run epoch that the host acts under; {@code ready} that its network passes traffic and its
 * guest, if it can tell, is up; {@code readyAt} when that was first so under this epoch. {@code crashes} counts ends that nobody asked for since it
 * last ran well, {@code nextStart} when it is started again. {@code trouble} is what the engine last complained about, empty once it works.
 * {@code restarts} is the last restart request that was done, {@code applied} the digest of the plan that the engine object was made from.
 * {@code boot} is the host's boot in which this was seen (hosts of an older version don't tell), {@code ending} the last end that nobody asked for.
 */
public record InstanceSeen(
        HostId host,
        long epoch,
        Phase phase,
        boolean ready,
        Optional<Instant> started,
        Optional<Instant> readyAt,
        Optional<Instant> finished,
        Optional<Integer> exitCode,
        int crashes,
        Optional<Instant> nextStart,
        String doing,
        String trouble,
        long restarts,
        String applied,
        Optional<String> boot,
        Optional<Ending> ending) {
    /** The same, with another trouble. */
    public InstanceSeen troubled(String what) {
        return new InstanceSeen(
                host, epoch, phase, ready, started, readyAt, finished, exitCode, crashes, nextStart, doing, what,
                restarts, applied, boot, ending);
    }
}
