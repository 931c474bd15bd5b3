package yunqi.core.base;

import java.time.Instant;

/** Where time comes from. Production reads the machine; the simulation turns its own. */
@FunctionalInterface
public interface Clock {
    Instant now();
}
