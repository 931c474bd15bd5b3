package yunqi.core.reconcile;

import java.time.Duration;

/** When to look at a thing again if nothing wakes us before. */
public sealed interface Again {
    /** Nothing is left to do; a change or the sweep will wake us. */
    record Done() implements Again {}

    /** Look again after this long. */
    record After(Duration pause) implements Again {}

    /** It failed; look again after a pause that grows with each failure in a row. */
    record Failed(String reason) implements Again {}
}
