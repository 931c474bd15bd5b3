package yunqi.core.instance;

import java.time.Duration;

/** What the server does next about an instance. */
public sealed interface Step {
    /** Choose image, size, addresses and host. */
    record Place() implements Step {}

    /** Size, image or networks that are wanted differ from those decided: decide them anew on the same host. */
    record Refit() implements Step {}

    /** Nothing of it is left anywhere: forget the row, and with it its addresses and charges. */
    record Forget() implements Step {}

    /** Its host is at work, or is not heard from; a report will wake us. */
    record Wait(Duration longest) implements Step {}

    record Done() implements Step {}
}
