package yunqi.trials.simulation.planted;

/**
 * Mistakes that the simulation must find, put in by wrapping what the production code is given: the code itself has no switch for them. Each is one that
 * somebody has made in some cloud.
 */
public enum Planted {
    NOTHING,
    /** Several servers believe that they lead, and decisions don't depend on what was decided before. */
    TWO_LEADERS,
    /** Addresses are picked from memory and not claimed. */
    NO_RECHECK,
    /** Nothing looks at what no change woke. */
    NO_SWEEP,
    /** A host removes what it was not assigned. */
    ORPHANS_DESTROYED,
    /** A host takes an answer that it had given up, though it has heard newer ones. */
    STALE_ASSIGNMENT_ACCEPTED,
    /** What a deleted instance took of its project's quota is given back twice. */
    QUOTA_RETURNED_TWICE,
    /** A start whose reply was lost is tried again without a look whether it happened. */
    START_REPEATED,
    /** Now and then a change is never shown to those who follow the log. */
    CHANGE_LOG_GAP,
    /** A new leader acts under the epoch of the one before. */
    EPOCH_NOT_RAISED,
    /** What is placed on a host is not charged to it. */
    NOT_CHARGED,
    /** The addresses of an instance are free for others from the moment that somebody asks for its deletion. */
    ADDRESS_FREED_EARLY,
    /** A change is written whatever has been written since its author looked. */
    LOST_UPDATE,
    /** The API says that a change is made before it is. */
    ANSWERED_BEFORE_COMMIT,
    /** A host that is asked to tell everything again doesn't. */
    NEVER_RESENT,
    /** A network is looked up by its name alone. */
    OTHER_PROJECTS_NETWORK,
    /** An instance is forgotten when its deletion is asked for, not when its host has done it. */
    FORGOTTEN_TOO_SOON,
    /** Nobody notices that the database has forgotten something. */
    FAILOVER_UNNOTICED
}
