package yunqi.core.schedule;

import java.util.Set;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.host.Capacity;
import yunqi.core.host.HostId;

/** A host as placement sees it: what it can hold, what is promised already, which engines are well. {@code closed} is why it takes nothing now, or empty. */
public record HostView(
        HostId id, Name name, Labels labels, Capacity capacity, Capacity promised, Set<String> engines, String closed) {
    public HostView {
        engines = Set.copyOf(engines);
    }
}
