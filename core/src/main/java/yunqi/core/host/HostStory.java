package yunqi.core.host;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.Event;

/** What to tell of a host when it is heard. */
public final class HostStory {
    private HostStory() {}

    /** What happened between two reports. */
    public static List<Event> between(HostSeen before, HostSeen now, Instant at) {
        List<Event> events = new ArrayList<>();
        if (before.facts().isEmpty() && now.facts().isPresent()) {
            events.add(Event.of(at, "joined", "its agent reported for the first time"));
        } else if (now.down().isPresent() && before.down().isEmpty()) {
            events.add(Event.of(at, "down", "it was taken down on purpose"));
        } else if (now.down().isEmpty()
                && before.boot().isPresent()
                && !before.boot().equals(now.boot())) {
            events.add(Event.of(at, "booted", "the machine was started anew; its instances are started again"));
        } else if (now.down().isEmpty() && before.down().isPresent()) {
            events.add(Event.of(at, "up", "it is back; its instances are started again"));
        } else if (before.lastContact()
                .filter(last -> last.plus(Hosts.SILENCE).isBefore(at))
                .isPresent()) {
            events.add(Event.of(at, "heard", "it was not heard from for a while, and is now"));
        }
        for (HostSeen.EngineSeen engine : now.engines()) {
            boolean ran = running(before, engine.name());
            if (ran && !engine.running()) {
                events.add(Event.of(
                        at, "engine-away", engine.name() + " does not run; it is started again: " + engine.message()));
            } else if (!ran && engine.running()) {
                events.add(Event.of(at, "engine-back", engine.name() + " runs again"));
            }
        }
        if (!now.orphans().isEmpty() && before.orphans().isEmpty()) {
            events.add(Event.of(at, "orphans", "instances run on it that the site does not know; they are left"));
        }
        return List.copyOf(events);
    }

    /** An engine that was not spoken of was well. */
    private static boolean running(HostSeen seen, String engine) {
        Optional<HostSeen.EngineSeen> known =
                seen.engines().stream().filter(one -> one.name().equals(engine)).findFirst();
        return known.map(HostSeen.EngineSeen::running).orElse(true);
    }
}
