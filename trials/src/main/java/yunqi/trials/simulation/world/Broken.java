package yunqi.trials.simulation.world;

/** What must hold does not. */
public final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Broken(String what) {
        super(what);
    }
}
