package yunqi.core.schedule;

import java.util.List;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;

/** The answer of the scheduler: where, and of other hosts why not. */
public sealed interface Placement {
    /** Why a host was not chosen, in words for a person. {@code ever} says that it could not hold this even if it were empty. */
    record Refusal(Name host, String reason, boolean ever) {}

    /** {@code others} are the first of those not chosen, {@code more} how many there are beside them. */
    record Placed(HostId host, Name name, String reason, List<Refusal> others, int more) implements Placement {}

    /**
     * {@code hosts} are the first of those that were looked at, {@code more} how many there are beside them; {@code forever} that none of all could hold this even if it were
     * empty, or that there is no host.
     */
    record NoRoom(List<Refusal> hosts, int more, boolean forever) implements Placement {
        /** One sentence that names hosts and their reasons. */
        public String words() {
            return hosts.isEmpty() ? "there is no host; join one with 'yunqi join'" : Placement.words(hosts, more, "");
        }
    }

    /** The refusals in one sentence; {@code before} stands before each host's name. */
    static String words(List<Refusal> refusals, int more, String before) {
        StringBuilder text = new StringBuilder();
        for (Refusal refusal : refusals) {
            text.append(text.isEmpty() ? "" : "; ")
                    .append(before)
                    .append(refusal.host())
                    .append(": ")
                    .append(refusal.reason());
        }
        return text.append(more > 0 ? "; and " + more + " more" : "").toString();
    }
}
