package yunqi.server.store;

import java.util.List;

/** How a transaction ended. */
public sealed interface Written {
    /** Every write happened; {@code rows} are the rows touched, each once, as they are now, in order of their first touch (removed ones as they last were). */
    record Done(List<Row> rows) implements Written {}

    /** None happened; {@code index} is the first write that could not, {@code detail} says what was in the way. */
    record Refused(int index, Reason reason, String detail) implements Written {}

    /** Why a write could not happen. */
    enum Reason {
        NAME_TAKEN,
        STALE,
        GONE,
        TAKEN,
        FULL,
        REFUSED,
        LEASE_LOST
    }
}
