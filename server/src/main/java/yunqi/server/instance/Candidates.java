package yunqi.server.instance;

import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import yunqi.core.host.Capacity;
import yunqi.core.host.Host;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostSeen;
import yunqi.core.host.Hosts;
import yunqi.core.image.ImageType;
import yunqi.core.instance.Instances;
import yunqi.core.schedule.HostView;

/** Hosts as placement sees them. */
public final class Candidates {
    private Candidates() {}

    /** {@code promised} is what others take of it; {@code architecture} that of the image, empty if any will do; {@code otherwise} why it takes nothing beside what the host itself says. */
    public static HostView view(Host host, Capacity promised, String architecture, String otherwise, Instant now) {
        return new HostView(
                host.id(),
                host.meta().name(),
                host.meta().labels(),
                Hosts.capacity(host),
                promised,
                engines(host),
                closed(host, architecture, otherwise, now));
    }

    /** Why nothing can be placed on the host now; empty if something can. */
    private static String closed(Host host, String architecture, String otherwise, Instant now) {
        Hosts.HostStatus status = Hosts.status(host, now);
        if (!status.state().equals("ready")) {
            return status.state() + ": " + status.message();
        }
        String own = host.seen().facts().map(HostFacts::architecture).orElse(architecture);
        if (!architecture.isEmpty() && !own.equals(architecture)) {
            return "is " + own + ", the image is for " + architecture;
        }
        return otherwise;
    }

    private static Set<String> engines(Host host) {
        Set<String> well = new TreeSet<>();
        for (ImageType type : ImageType.values()) {
            well.add(Instances.engine(type));
        }
        host.seen().engines().stream()
                .filter(engine -> !engine.running())
                .map(HostSeen.EngineSeen::name)
                .forEach(well::remove);
        return well;
    }
}
