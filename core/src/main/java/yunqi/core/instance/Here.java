package yunqi.core.instance;

import java.util.Optional;

/**
 * All that a host has of one instance: what the engine found, whether any port of it is set up, and whether traffic passes all ports that it should
 * have.
 */
public record Here(Optional<Found> found, boolean attached, boolean installed) {
    /** Nothing of the instance is here. */
    public static final Here NOTHING = new Here(Optional.empty(), false, false);

    public boolean running() {
        return in(Found.State.RUNNING);
    }

    /** Up, as far as its host can tell: its process runs, its guest is ready, and traffic passes. */
    public boolean ready() {
        return running() && installed && found.orElseThrow().guestReady();
    }

    boolean in(Found.State state) {
        return found.isPresent() && found.get().state() == state;
    }

    /**
     * True if the engine object was made from this assignment's plan. Its epoch doesn't matter: an instance that comes back to a host under a new
     * epoch with the same plan is the same engine object, and no second copy of it can be on the same host.
     */
    boolean madeFor(Assignment assignment) {
        return found.isPresent() && found.get().applied().equals(assignment.applied());
    }
}
