package yunqi.core.instance;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import yunqi.core.image.FlavorSpec;
import yunqi.core.network.NicPlan;

/** The pure decisions about instances on the server: {@code next} and {@code status}. No clock, no I/O, no logging. */
public final class Instances {
    /** How long to wait for a report before looking again, should its wake-up be lost. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    /** What the flavor's name in the spec stands for right now; empty where there is no such flavor any more. */
    public record Resolved(Optional<FlavorSpec> shape) {}

    /** The state in one word, and in a sentence what is waited for, since when and what comes next. */
    public record InstanceStatus(String state, String message, Instant since) {}

    private Instances() {}

    /** The whole life of an instance as the server sees it. */
    public static Step next(Instance instance, Resolved resolved) {
        InstanceDecided decided = instance.decided();
        if (!instance.meta().wanted()) {
            if (decided.host().isEmpty()) {
                return new Step.Forget();
            }
            return current(instance)
                            .filter(seen -> seen.phase() == Phase.ABSENT)
                            .isPresent()
                    ? new Step.Forget()
                    : new Step.Wait(PATIENCE);
        }
        if (decided.host().isEmpty()) {
            return new Step.Place();
        }
        if (refit(instance, resolved)) {
            return new Step.Refit();
        }
        return settled(instance) ? new Step.Done() : new Step.Wait(PATIENCE);
    }

    /** What the host last reported, if it was about the run that is decided now. */
    public static Optional<InstanceSeen> current(Instance instance) {
        return instance.seen()
                .filter(seen ->
                        Optional.of(seen.host()).equals(instance.decided().host())
                                && seen.epoch() == instance.decided().runEpoch());
    }

    private static boolean refit(Instance instance, Resolved resolved) {
        InstanceDecided decided = instance.decided();
        // An image's name may come to mean a newer image: an instance keeps the one it was made from until its spec
        // names another.
        boolean image = decided.image()
                .filter(chosen -> chosen.name().equals(instance.spec().image()))
                .isEmpty();
        boolean shape = resolved.shape().isPresent() && !resolved.shape().equals(decided.shape());
        return image || shape || !sameNetworks(instance.spec().networks(), decided.nics());
    }

    private static boolean sameNetworks(List<InstanceSpec.Nic> wanted, List<NicPlan> decided) {
        if (wanted.size() != decided.size()) {
            return false;
        }
        for (int i = 0; i < wanted.size(); i++) {
            NicPlan nic = decided.get(i);
            boolean sameAddress = wanted.get(i).address().map(nic.ip()::equals).orElse(true);
            if (!wanted.get(i).network().equals(nic.networkName()) || !sameAddress) {
                return false;
            }
        }
        return true;
    }

    private static boolean settled(Instance instance) {
        Optional<InstanceSeen> seen = current(instance);
        if (seen.isEmpty() || !seen.get().trouble().isEmpty()) {
            return false;
        }
        if (!instance.spec().running()) {
            return seen.get().phase() == Phase.STOPPED;
        }
        return seen.get().restarts() >= instance.spec().restarts()
                && (up(seen.get()) || over(instance.spec(), seen.get()));
    }

    private static boolean up(InstanceSeen seen) {
        return seen.phase() == Phase.RUNNING && seen.ready();
    }

    /** True if it ended by itself and its restart policy leaves it so. */
    private static boolean over(InstanceSpec spec, InstanceSeen seen) {
        return seen.phase() == Phase.STOPPED
                && seen.finished().isPresent()
                && seen.nextStart().isEmpty()
                && seen.crashes() > 0
                && seen.restarts() >= spec.restarts()
                && Assignments.over(spec.restart(), seen.exitCode());
    }

    /** The state of an instance in words. {@code hostName} and {@code hostState} describe the host that it is decided for. */
    public static InstanceStatus status(Instance instance, String hostName, String hostState) {
        InstanceDecided decided = instance.decided();
        Instant created = instance.meta().created();
        if (decided.host().isEmpty()) {
            if (!instance.meta().wanted()) {
                return new InstanceStatus(
                        "deleting",
                        "is being forgotten",
                        instance.meta().deleted().orElse(created));
            }
            return decided.waiting()
                    .map(wait -> new InstanceStatus(
                            "waiting",
                            wait.code() + ": " + wait.message() + "; tried again at " + wait.next(),
                            wait.since()))
                    .orElse(new InstanceStatus("waiting", "waits for a host to be chosen", created));
        }
        Instant placed = decided.placed().orElse(created);
        if (hostState.equals("unreachable")) {
            return new InstanceStatus(
                    "unknown",
                    "host " + hostName + " is not heard from; it is asked to keep the instance as it is",
                    placed);
        }
        if (!instance.meta().wanted()) {
            return new InstanceStatus(
                    "deleting",
                    "waits for host " + hostName + " to remove it" + trouble(instance.seen()),
                    instance.meta().deleted().orElse(created));
        }
        Optional<InstanceSeen> seen = current(instance);
        if (seen.isEmpty()) {
            return new InstanceStatus("starting", "waits for host " + hostName + " to take it up", placed);
        }
        return onHost(instance.spec(), seen.get(), hostName, placed);
    }

    private static InstanceStatus onHost(InstanceSpec spec, InstanceSeen seen, String hostName, Instant placed) {
        Instant started = seen.started().orElse(placed);
        if (spec.running() && seen.phase() == Phase.RUNNING && seen.restarts() < spec.restarts()) {
            return new InstanceStatus(
                    "restarting", "is asked to end, to be started again" + trouble(Optional.of(seen)), started);
        }
        return switch (seen.phase()) {
            case RUNNING ->
                spec.running()
                        ? seen.ready()
                                ? new InstanceStatus("running", "runs on " + hostName, started)
                                : new InstanceStatus(
                                        "starting",
                                        "its process runs; waits for its guest and network to be up"
                                                + trouble(Optional.of(seen)),
                                        started)
                        : new InstanceStatus("stopping", "is asked to end" + trouble(Optional.of(seen)), started);
            case STOPPED -> stopped(spec, seen, placed);
            case PREPARING, ABSENT ->
                new InstanceStatus(
                        spec.running() ? "starting" : "stopped",
                        (seen.doing().isEmpty() ? "host " + hostName + " prepares it" : seen.doing())
                                + trouble(Optional.of(seen)),
                        placed);
        };
    }

    private static InstanceStatus stopped(InstanceSpec spec, InstanceSeen seen, Instant placed) {
        Instant finished = seen.finished().orElse(placed);
        String end = seen.exitCode().map(code -> " with exit code " + code).orElse("");
        if (!spec.running()) {
            return new InstanceStatus("stopped", "stopped as wanted", finished);
        }
        if (seen.nextStart().isPresent()) {
            return new InstanceStatus(
                    "crashed",
                    "ended" + end + ", " + seen.crashes() + " times in a row; started again at "
                            + seen.nextStart().get() + trouble(Optional.of(seen)),
                    finished);
        }
        if (over(spec, seen)) {
            boolean well = seen.exitCode().equals(Optional.of(0));
            return new InstanceStatus(
                    well ? "completed" : "failed", "ended" + end + "; its restart policy leaves it so", finished);
        }
        return new InstanceStatus("starting", "is about to be started" + trouble(Optional.of(seen)), placed);
    }

    private static String trouble(Optional<InstanceSeen> seen) {
        return seen.filter(s -> !s.trouble().isEmpty())
                .map(s -> "; last trouble: " + s.trouble())
                .orElse("");
    }
}
