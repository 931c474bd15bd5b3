package yunqi.core.image;

import java.time.Instant;
import java.util.Optional;
import yunqi.core.base.Digest;

/**
 * How far an import is: its state since when, in words what is going on or what went wrong, how often in a row that did, when it is tried again, and at the
 * end the image.
 */
public record ImportDecided(
        State state, String message, Instant since, int failures, Optional<Instant> next, Optional<Digest> image) {
    /** The states in their order; the last two are ends. */
    public enum State {
        /** Its file is sent by whoever asked. */
        RECEIVING,
        /** Its file is fetched from its address. */
        FETCHING,
        /** The file is whole; it is looked through and put into the registry. */
        CHECKING,
        DONE,
        FAILED
    }

    public boolean over() {
        return state == State.DONE || state == State.FAILED;
    }
}
