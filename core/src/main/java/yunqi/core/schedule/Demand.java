package yunqi.core.schedule;

import java.util.Optional;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.host.Capacity;

/** What is to be placed: how much it needs, which engine, and on which hosts it may stand. */
public record Demand(Capacity needs, String engine, Labels hostLabels, Optional<Name> host) {}
