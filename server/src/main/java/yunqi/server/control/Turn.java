package yunqi.server.control;

import java.time.Instant;
import java.util.function.Consumer;
import yunqi.server.store.Lease;
import yunqi.server.store.Write;

/** One look at one thing: when it is, under which lease, and how to have other things looked at. */
public record Turn(Instant now, Lease lease, Consumer<Key> wake) {
    /** The write that makes a transaction void if another server has taken over meanwhile. It goes first. */
    public Write.Guard guard() {
        return new Write.Guard(lease.loop(), lease.owner(), lease.epoch());
    }
}
