package yunqi.trials.simulation.world;

/** The process is killed at this very point. An error, so that nothing catches it on the way out. */
public final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    public Killed() {
        super("killed", null, false, false);
    }
}
