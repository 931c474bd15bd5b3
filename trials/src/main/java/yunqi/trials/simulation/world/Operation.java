package yunqi.trials.simulation.world;

/** What users want, and what happens to instances by themselves: each takes a while, and every fault must meet every one. */
public enum Operation {
    CREATE,
    START,
    STOP,
    RESTART,
    /** Another flavor. */
    RESIZE,
    /** Its flavor comes to mean another size. */
    RESHAPE,
    /** Other networks. */
    RENETWORK,
    /** Another command or environment. */
    RECONFIGURE,
    DELETE,
    /** It ends by itself. */
    CRASH,
    NETWORK_CREATE,
    NETWORK_DELETE
}
