package yunqi.trials.simulation.world;

/** Everything that goes wrong in simulated clouds. Each seed draws a subset of its own, so that some clouds suffer from everything and some from one thing alone. */
public enum Fault {
    /** A request or an answer between host and server, or between user and server, is lost. */
    LOSS,
    /** One takes seconds. */
    DELAY,
    /** A request comes twice. */
    DUPLICATE,
    /** An engine takes seconds. */
    ENGINE_SLOW,
    /** An engine fails, and says so. */
    ENGINE_FAILS,
    /** An engine does what it was asked to, and says that it failed. */
    ENGINE_LIES,
    /** An engine's event is not heard. */
    EVENT_LOST,
    /** An agent is killed, in the middle of something or between. */
    AGENT_KILLED,
    /** A host's power is off for a while. */
    POWER,
    /** An agent is frozen for a while and goes on as if nothing had happened. */
    HOST_SLEEP,
    /** Nothing passes between a host and the servers. */
    PARTITION,
    /** A host's requests don't arrive. */
    PARTITION_TO,
    /** A host hears no answers, though its requests arrive. */
    PARTITION_FROM,
    /** A host's clock is set. */
    HOST_CLOCK,
    /** A server is killed, in the middle of something or between. */
    SERVER_KILLED,
    /** A server is frozen for a while; another may lead meanwhile. */
    SERVER_SLEEP,
    /** A server's clock is set. */
    SERVER_CLOCK,
    /** A transaction is refused as if somebody else had been faster. */
    STORE_CONFLICT,
    /** A commit happens, but its reply is lost. */
    COMMIT_UNSEEN,
    /** A call of the store fails, and nothing happened. */
    STORE_FAILS,
    /** The database is away for a while. */
    STORE_AWAY,
    /** A standby takes over that has not got the last transactions. */
    FAILOVER,
    /** A change wakes nobody. */
    WAKE_LOST,
    /** A server acts on a row as it was. */
    READ_OLD
}
