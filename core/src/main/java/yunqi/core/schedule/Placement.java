package yunqi.core.schedule;

import java.util.List;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;

/** The answer of the scheduler: where, and for every other host why not. */
public sealed interface Placement {
    /** Why a host was not chosen, in words for a person. {@code ever} says that it could not hold this even if it were empty. */
    record Refusal(Name host, String reason, boolean ever) {}

    record Placed(HostId host, Name name, String reason, List<Refusal> others) implements Placement {}

    record NoRoom(List<Refusal> hosts) implements Placement {
        /** True if no host could hold this even if it were empty, or there is no host. */
        public boolean forever() {
            return hosts.stream().allMatch(Refusal::ever);
        }

        /** One sentence that names every host and its reason. */
        public String words() {
            if (hosts.isEmpty()) {
                return "there is no host; join one with 'yunqi join'";
            }
            StringBuilder text = new StringBuilder();
            for (Refusal refusal : hosts) {
                text.append(text.isEmpty() ? "" : "; ")
                        .append(refusal.host())
                        .append(": ")
                        .append(refusal.reason());
            }
            return text.toString();
        }
    }
}
