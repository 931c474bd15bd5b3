package yunqi.core.instance;

import java.time.Instant;

/** What a host does next about an instance assigned to it. */
public sealed interface LocalStep {
    /** Fetch the image, make ports and engine object. */
    record Prepare() implements LocalStep {}

    record Start() implements LocalStep {}

    record Stop(String why) implements LocalStep {}

    /** Remove the engine object and the ports. */
    record Remove() implements LocalStep {}

    /** It ended by itself; start it again at this time. */
    record WaitUntil(Instant at) implements LocalStep {}

    /** The assignment is older than one already seen: it is not obeyed. */
    record Refuse(long seenEpoch) implements LocalStep {}

    record Done() implements LocalStep {}
}
