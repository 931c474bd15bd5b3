package yunqi.core.instance;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import yunqi.core.host.Host;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImageType;
import yunqi.core.network.NicPlan;

/** The pure decisions about instances on the server: {@code next} and {@code status}. No clock, no I/O, no logging. */
public final class Instances {
    /** How long to wait for a report before looking again, should its wake-up be lost. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    /**
     * What the wish comes to right now: what the flavor's name stands for, empty where there is no such flavor any more; and the digest of the plan that the
     * host should have applied, empty while there is none.
     */
    public record Resolved(Optional<FlavorSpec> shape, Optional<String> applied) {}

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
        return settled(instance, resolved) ? new Step.Done() : new Step.Wait(PATIENCE);
    }

    /** What the host last reported, if it was about the run that is decided now. */
    public static Optional<InstanceSeen> current(Instance instance) {
        return instance.seen()
                .filter(seen ->
                        Optional.of(seen.host()).equals(instance.decided().host())
                                && seen.epoch() == instance.decided().runEpoch());
    }

    /** True if what was seen was made from another plan than what is wanted comes to: the host has not applied the last change yet. */
    static boolean outdated(InstanceSeen seen, Resolved resolved) {
        return resolved.applied().isPresent() && !resolved.applied().get().equals(seen.applied());
    }

    /** True if size, image or networks that are wanted differ from those decided. */
    static boolean refit(Instance instance, Resolved resolved) {
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

    private static boolean settled(Instance instance, Resolved resolved) {
        Optional<InstanceSeen> seen = current(instance);
        if (seen.isEmpty() || !seen.get().trouble().isEmpty() || outdated(seen.get(), resolved)) {
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
    static boolean over(InstanceSpec spec, InstanceSeen seen) {
        return seen.phase() == Phase.STOPPED
                && seen.finished().isPresent()
                && seen.nextStart().isEmpty()
                && seen.crashes() > 0
                && seen.restarts() >= spec.restarts()
                && Assignments.over(spec.restart(), seen.exitCode());
    }

    /** The process that must run on a host for instances of this type, as hosts name it. */
    public static String engine(ImageType type) {
        return switch (type) {
            case VM -> "libvirtd";
            case CONTAINER -> "dockerd";
        };
    }

    /** The state of an instance in words. {@code host} is the one that it is decided for. */
    public static InstanceStatus status(Instance instance, Resolved resolved, Optional<Host> host, Instant now) {
        return InstanceWords.of(instance, resolved, host, now);
    }
}
