package yunqi.trials.simulation;

/** Mistakes that the simulation must find, put in by wrapping what the production code is given: the code itself has no switch for them. */
public enum Planted {
    NOTHING,
    /** Several servers believe that they lead, and decisions don't depend on what was decided before. */
    TWO_LEADERS,
    /** Addresses are picked from memory and not claimed. */
    NO_RECHECK,
    /** Nothing looks at what no change woke. */
    NO_SWEEP,
    /** A host removes what it was not assigned. */
    ORPHANS_DESTROYED
}
