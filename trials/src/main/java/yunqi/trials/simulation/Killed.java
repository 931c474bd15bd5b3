package yunqi.trials.simulation;

/** The process is killed at this very point. An error, so that nothing catches it on the way out. */
final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
        super("killed", null, false, false);
    }
}
