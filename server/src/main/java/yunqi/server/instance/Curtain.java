package yunqi.server.instance;

import java.util.Optional;
import java.util.regex.Pattern;
import yunqi.core.base.Event;
import yunqi.core.base.Name;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.wire.Api;

/** What hosts are there is the operators' business: here an instance loses what would tell of them, for those who may not see them. */
final class Curtain {
    private static final String HOST = "its host"; // what a host is called in front of the curtain
    private static final String PLACED = "placed"; // events whose messages name hosts
    private static final String WAITING = "waiting";
    private static final String NO_ROOM =
            "no-room"; // the code of the wait whose message names hosts, each with its reason

    private Curtain() {}

    /** The spec without the host that an operator may have chosen. */
    static InstanceSpec before(InstanceSpec spec) {
        return spec.host().isEmpty() ? spec : spec.withHost(Optional.empty());
    }

    /** The instance without what was said of all the hosts that were looked at. */
    static Instance before(Instance instance) {
        InstanceDecided decided = instance.decided()
                .retold(
                        "",
                        instance.decided()
                                .waiting()
                                .map(wait -> wait.code().equals(NO_ROOM)
                                        ? wait.retold("no host has room for it now")
                                        : wait));
        return new Instance(instance.meta(), before(instance.spec()), decided, instance.seen());
    }

    /** The event without the names of hosts. */
    static Event before(Event event) {
        String message = switch (event.what()) {
            case PLACED -> "on a host that was chosen for it";
            case WAITING ->
                event.message().startsWith(NO_ROOM + ":") ? NO_ROOM + ": no host has room for it now" : event.message();
            default -> event.message();
        };
        return new Event(event.first(), event.last(), event.count(), event.what(), message);
    }

    /** The status without the name of its host. */
    static Api.InstanceStatus before(Api.InstanceStatus status) {
        if (status.host().isEmpty()) {
            return status;
        }
        Name host = status.host().get();
        return new Api.InstanceStatus(
                status.state(),
                nameless(status.message(), host),
                status.since(),
                status.ready(),
                Optional.empty(),
                status.addresses(),
                status.nics(),
                status.epoch(),
                status.restarts(),
                status.exitCode(),
                status.startedAt(),
                status.tookSeconds(),
                "",
                status.lastEnd().map(end -> new Api.Ending(end.at(), nameless(end.message(), host))));
    }

    private static String nameless(String words, Name host) {
        String name = Pattern.quote(host.value());
        return words.replaceAll("(?<![A-Za-z0-9-])(host )?" + name + "(?![A-Za-z0-9-])", HOST);
    }
}
