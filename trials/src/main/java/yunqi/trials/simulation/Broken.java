package yunqi.trials.simulation;

/** What must hold does not. */
final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Broken(String what) {
        super(what);
    }
}
