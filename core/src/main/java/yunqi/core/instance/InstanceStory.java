package yunqi.core.instance;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import yunqi.core.base.Event;

/** What to tell of an instance when its host sees something new of it. */
public final class InstanceStory {
    private InstanceStory() {}

    /**
     * What happened between two looks. {@code before} is what was seen of the same run, {@code at} when it is told. Messages hold no times and numbers that change: what happens again is
     * counted, and no host is named: who may see the instance may not see hosts.
     */
    public static List<Event> between(Optional<InstanceSeen> before, InstanceSeen now, Instant at) {
        Telling telling = new Telling(before, now, at);
        telling.ends();
        telling.phases();
        telling.troubles();
        return List.copyOf(telling.events);
    }

    private static final class Telling {
        private final Optional<InstanceSeen> before;
        private final InstanceSeen now;
        private final Instant at;
        private final List<Event> events = new ArrayList<>();

        Telling(Optional<InstanceSeen> before, InstanceSeen now, Instant at) {
            this.before = before;
            this.now = now;
            this.at = at;
        }

        private void tell(String what, String message) {
            events.add(Event.of(at, what, message));
        }

        private void ends() {
            Optional<Ending> last = before.flatMap(InstanceSeen::ending);
            if (before.isPresent() && now.ending().isPresent() && !now.ending().equals(last)) {
                tell("ended", "it " + now.ending().get().words() + ", and nobody asked for that");
            } else if (was(Phase.RUNNING) && now.phase() == Phase.STOPPED) {
                tell("stopped", "it was ended as asked");
            }
            if (now.nextStart().isPresent()
                    && before.flatMap(InstanceSeen::nextStart).isEmpty()) {
                tell("retried", "it is started again after a pause, which grows as long as it keeps ending");
            }
        }

        private void phases() {
            boolean restarted =
                    before.filter(seen -> seen.restarts() < now.restarts()).isPresent();
            if (restarted) {
                tell("restarted", "as asked for");
            }
            if (now.phase() == Phase.PREPARING && !was(Phase.PREPARING)) {
                tell("preparing", "its host brings the image and makes its ports and the instance");
            }
            boolean another = !before.flatMap(InstanceSeen::started).equals(now.started());
            if (now.phase() == Phase.RUNNING && (!was(Phase.RUNNING) || another)) {
                tell("started", "its process runs");
            }
            if (now.phase() == Phase.ABSENT && !was(Phase.ABSENT)) {
                tell("removed", "nothing of it is left on its host");
            }
            boolean readyBefore = before.filter(InstanceSeen::ready).isPresent();
            if (now.ready() && (!readyBefore || another)) {
                tell("ready", "its guest and its network are up");
            } else if (!now.ready() && readyBefore && now.phase() == Phase.RUNNING && !another) {
                tell("not-ready", "it runs, but its guest or its network is not up any more");
            }
        }

        private boolean was(Phase phase) {
            return before.filter(seen -> seen.phase() == phase).isPresent();
        }

        private void troubles() {
            String old = before.map(InstanceSeen::trouble).orElse("");
            if (!now.trouble().isEmpty() && !now.trouble().equals(old)) {
                tell("trouble", now.trouble());
            } else if (now.trouble().isEmpty() && !old.isEmpty()) {
                tell("recovered", "what was in the way is over");
            }
        }
    }
}
