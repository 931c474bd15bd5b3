package yunqi.core.instance;

import java.time.Instant;
import java.util.Optional;
import yunqi.core.host.Host;
import yunqi.core.host.HostSeen;
import yunqi.core.host.Hosts;
import yunqi.core.instance.Instances.InstanceStatus;
import yunqi.core.instance.Instances.Resolved;

/**
 * How an instance is, in one word and a sentence. What was seen counts only as long as its host is heard from, in the boot in which it was seen, and of the plan
 * that is wanted now: a status never says more than is known.
 */
final class InstanceWords {
    private final Instance instance;
    private final Resolved resolved;
    private final Optional<Host> host;
    private final Hosts.HostStatus hostStatus;
    private final String hostName;
    private final Instant placed;

    private InstanceWords(Instance instance, Resolved resolved, Optional<Host> host, Instant now) {
        this.instance = instance;
        this.resolved = resolved;
        this.host = host;
        this.placed = instance.decided().placed().orElse(instance.meta().created());
        this.hostStatus = host.map(one -> Hosts.status(one, now))
                .orElse(new Hosts.HostStatus("unreachable", "it is no more", placed));
        this.hostName = host.map(one -> one.meta().name().value()).orElse("?");
    }

    static InstanceStatus of(Instance instance, Resolved resolved, Optional<Host> host, Instant now) {
        InstanceWords words = new InstanceWords(instance, resolved, host, now);
        return instance.decided().host().isEmpty() ? words.nowhere() : words.somewhere();
    }

    private InstanceStatus nowhere() {
        Instant created = instance.meta().created();
        if (!instance.meta().wanted()) {
            return new InstanceStatus(
                    "deleting", "is being forgotten", instance.meta().deleted().orElse(created));
        }
        return instance.decided()
                .waiting()
                .map(wait -> new InstanceStatus("waiting", words(wait), wait.since()))
                .orElse(new InstanceStatus("waiting", "waits for a host to be chosen", created));
    }

    private static String words(InstanceDecided.Waiting wait) {
        return wait.code() + ": " + wait.message() + "; tried again at " + wait.next();
    }

    private InstanceStatus somewhere() {
        Optional<InstanceSeen> seen = Instances.current(instance);
        Optional<String> silence = silence(seen);
        if (!instance.meta().wanted()) {
            return new InstanceStatus(
                    "deleting",
                    "waits for host " + hostName + " to remove it"
                            + silence.map(why -> "; " + why).orElse(trouble(seen)),
                    instance.meta().deleted().orElse(placed));
        }
        if (silence.isPresent()) {
            String was = seen.map(last -> "was " + onHost(last).state() + "; ").orElse("");
            return new InstanceStatus("unknown", was + silence.get(), hostStatus.since());
        }
        Optional<InstanceDecided.Untouched> untouched = instance.decided().untouched();
        if (untouched.isPresent()) {
            return new InstanceStatus(
                    "untouched", untouched.get().why(), untouched.get().since());
        }
        return seen.map(this::onHost)
                .orElse(new InstanceStatus(coming(), "waits for host " + hostName + " to take it up" + away(), placed));
    }

    /** Why what the host said last may not be so any more; empty if it counts. */
    private Optional<String> silence(Optional<InstanceSeen> seen) {
        if (host.isEmpty()) {
            return Optional.of("its host is no more");
        }
        HostSeen heard = host.get().seen();
        if (hostStatus.state().equals("down")) {
            return Optional.of("host " + hostName + " was taken down at " + hostStatus.since()
                    + "; it is started again once 'yunqi up' brings the host back");
        }
        if (hostStatus.state().equals("unreachable")) {
            return Optional.of("host " + hostName + " has not been heard since " + hostStatus.since()
                    + "; it keeps the instance as it is until it reports again");
        }
        boolean otherBoot = seen.flatMap(InstanceSeen::boot).isPresent()
                && !seen.flatMap(InstanceSeen::boot).equals(heard.boot());
        return otherBoot
                ? Optional.of("host " + hostName + " was started anew since, and has not looked at it yet" + away())
                : Optional.empty();
    }

    private InstanceStatus onHost(InstanceSeen seen) {
        InstanceSpec spec = instance.spec();
        Instant started = seen.started().orElse(placed);
        boolean runs = seen.phase() == Phase.RUNNING;
        if (runs && !spec.running()) {
            return new InstanceStatus("stopping", "is asked to end" + trouble(seen), started);
        }
        boolean there = runs || seen.phase() == Phase.STOPPED;
        if (there && (Instances.refit(instance, resolved) || Instances.outdated(seen, resolved))) {
            return new InstanceStatus("updating", "is as before the last change; " + change(seen), started);
        }
        if (runs && seen.restarts() < spec.restarts()) {
            return new InstanceStatus("restarting", "is asked to end, to be started again" + trouble(seen), started);
        }
        return switch (seen.phase()) {
            case RUNNING ->
                seen.ready()
                        ? new InstanceStatus("running", "runs on " + hostName + trouble(seen), started)
                        : new InstanceStatus(
                                "starting",
                                "its process runs; waits for its guest and network to be up" + trouble(seen),
                                started);
            case STOPPED -> stopped(seen);
            case PREPARING, ABSENT ->
                new InstanceStatus(
                        coming(),
                        "host " + hostName + " " + (seen.doing().isEmpty() ? "prepares it" : seen.doing())
                                + trouble(seen),
                        placed);
        };
    }

    private String coming() {
        return instance.spec().running() ? "starting" : "preparing";
    }

    /** Who has to do what about a change that was asked for. */
    private String change(InstanceSeen seen) {
        Optional<InstanceDecided.Waiting> waiting = instance.decided().waiting();
        if (waiting.isPresent()) {
            return "the change waits: " + words(waiting.get());
        }
        if (Instances.refit(instance, resolved)) {
            return "the change waits to be decided";
        }
        return "host " + hostName + (seen.doing().isEmpty() ? " is told to apply it" : " " + seen.doing())
                + trouble(seen);
    }

    private InstanceStatus stopped(InstanceSeen seen) {
        InstanceSpec spec = instance.spec();
        Instant finished = seen.finished().orElse(placed);
        if (!spec.running()) {
            return new InstanceStatus("stopped", "stopped as wanted" + trouble(seen), finished);
        }
        String note = seen.ending().map(Ending::note).orElse("");
        String end = Ending.words(seen.exitCode(), note);
        if (seen.nextStart().isPresent()) {
            return new InstanceStatus(
                    "crashed",
                    end + ", " + seen.crashes() + " times in a row; started again at "
                            + seen.nextStart().get() + trouble(seen),
                    finished);
        }
        if (Instances.over(spec, seen)) {
            boolean well = seen.exitCode().equals(Optional.of(0));
            return new InstanceStatus(
                    well ? "completed" : "failed", end + "; its restart policy leaves it so", finished);
        }
        return new InstanceStatus("starting", "host " + hostName + " is about to start it" + trouble(seen), placed);
    }

    private String trouble(Optional<InstanceSeen> seen) {
        return seen.map(this::trouble).orElse(away());
    }

    private String trouble(InstanceSeen seen) {
        return seen.trouble().isEmpty() ? away() : "; last trouble: " + seen.trouble();
    }

    /** Says so if the engine that runs such instances is away: nothing about them can be seen or done meanwhile. */
    private String away() {
        String engine = Instances.engine(instance.spec().type());
        return host.stream()
                .flatMap(one -> one.seen().engines().stream())
                .filter(one -> one.name().equals(engine) && !one.running())
                .findFirst()
                .map(one -> "; " + engine + " on " + hostName + " does not run"
                        + (one.message().isEmpty() ? "" : ": " + one.message()))
                .orElse("");
    }
}
