package yunqi.core.host;

import java.time.Duration;
import java.time.Instant;
import yunqi.core.base.Bytes;

/** The pure decisions about hosts: what one can hold, and how it is doing. */
public final class Hosts {
    /** A host not heard from for this long is unreachable; agents speak every 5 seconds, so two may be lost. */
    public static final Duration SILENCE = Duration.ofSeconds(20);

    /** Kept for the host itself: kernel, engines, agent, page cache. */
    public static final Bytes MEMORY_RESERVE = Bytes.mebibytes(1024);

    /** How a host is doing. {@code state} is one of {@code new, ready, closed, unreachable, down, leaving}. */
    public record HostStatus(String state, String message, Instant since) {}

    private Hosts() {}

    /** What instances may be promised on this host; nothing before its facts are known. */
    public static Capacity capacity(Host host) {
        return host.seen()
                .facts()
                .map(facts -> new Capacity(
                        Math.round(facts.cpus() * 1000L * host.spec().cpuOvercommit()),
                        new Bytes(Math.max(
                                facts.memory().count() - MEMORY_RESERVE.count(),
                                facts.memory().count() / 2)),
                        facts.disks().isEmpty()
                                ? new Bytes(0)
                                : facts.disks().getFirst().size()))
                .orElse(Capacity.NONE);
    }

    public static HostStatus status(Host host, Instant now) {
        Instant contact = host.seen().lastContact().orElse(host.meta().created());
        if (!host.meta().wanted()) {
            return new HostStatus(
                    "leaving",
                    "being removed; waits for its instances to end",
                    host.meta().deleted().orElseThrow());
        }
        if (host.seen().down().isPresent()) {
            return new HostStatus(
                    "down",
                    "was taken down on purpose; its instances are started again once 'yunqi up' brings it back",
                    host.seen().down().get());
        }
        if (host.seen().facts().isEmpty()) {
            return new HostStatus(
                    "new",
                    "joined; waits for the agent's first report",
                    host.meta().created());
        }
        if (contact.plus(SILENCE).isBefore(now)) {
            return new HostStatus(
                    "unreachable",
                    "not heard from for " + Duration.between(contact, now).toSeconds()
                            + " s; its instances are left as they are until it reports again",
                    contact);
        }
        if (host.seen().boot().isEmpty()) {
            return new HostStatus(
                    "unreachable",
                    "not heard from since the site was down; waits for its agent, which reports every few seconds",
                    contact);
        }
        if (!host.spec().schedulable()) {
            return new HostStatus("closed", "takes no new instances; 'yunqi host resume' opens it", contact);
        }
        return new HostStatus("ready", "takes instances", contact);
    }
}
