package yunqi.trials.simulation;

import java.time.Duration;
import java.util.List;
import yunqi.trials.simulation.world.Fault;
import yunqi.trials.simulation.world.World;

/** The larger things that go wrong, now and then, and last for a while. */
final class Episodes {
    private static final List<Fault> KINDS = List.of(
            Fault.POWER,
            Fault.AGENT_KILLED,
            Fault.HOST_SLEEP,
            Fault.PARTITION,
            Fault.PARTITION_TO,
            Fault.PARTITION_FROM,
            Fault.HOST_CLOCK,
            Fault.SERVER_KILLED,
            Fault.SERVER_SLEEP,
            Fault.SERVER_CLOCK,
            Fault.STORE_AWAY,
            Fault.FAILOVER);
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(90); // leases, silence and back-offs all run out within
    private static final Duration AWAY = Duration.ofSeconds(20); // a database that restarts or fails over
    private static final Duration LAG =
            Duration.ofSeconds(20); // of an asynchronous standby; much more than usual, so that whole stories are lost
    private static final int CLOCK = 7_200; // seconds, either way: somebody took the wrong zone

    private final Cloud cloud;
    private final World world;

    Episodes(Cloud cloud) {
        this.cloud = cloud;
        this.world = cloud.world();
    }

    /** One of those that this cloud suffers from begins, perhaps. */
    void strike() {
        List<Fault> drawn =
                KINDS.stream().filter(kind -> cloud.weather().of(kind) > 0).toList();
        if (drawn.isEmpty()) {
            return;
        }
        Fault kind = world.one(drawn);
        boolean rare = kind == Fault.AGENT_KILLED || kind == Fault.SERVER_KILLED; // those strike by themselves, too
        if (rare || world.chance(cloud.weather().of(kind))) {
            begin(kind, world.between(SHORTEST, LONGEST));
        }
    }

    private void begin(Fault kind, Duration until) {
        SimHost host = world.one(cloud.hosts());
        SimServer server = world.one(cloud.servers());
        switch (kind) {
            case POWER -> host.cutPower(until);
            case AGENT_KILLED -> host.killAgent(until);
            case HOST_SLEEP -> host.freeze(until);
            case PARTITION -> host.link().cut(true, true, until);
            case PARTITION_TO -> host.link().cut(true, false, until);
            case PARTITION_FROM -> host.link().cut(false, true, until);
            case HOST_CLOCK -> host.setClock(clock());
            case SERVER_KILLED -> server.kill(until);
            case SERVER_SLEEP -> server.sleep(until);
            case SERVER_CLOCK -> server.setClock(clock());
            case STORE_AWAY -> away();
            case FAILOVER -> cloud.failOver(world.between(Duration.ofMillis(1), LAG));
            default -> throw new IllegalStateException(kind + " is not an episode");
        }
        world.note(kind + " strikes " + host.name() + " or " + server.name());
        switch (kind) {
            case SERVER_KILLED, SERVER_SLEEP, SERVER_CLOCK, STORE_AWAY, FAILOVER ->
                cloud.pending().struck(kind);
            default -> cloud.pending().struck(kind, host.id());
        }
    }

    private Duration clock() {
        return Duration.ofSeconds(world.below(2 * CLOCK) - CLOCK);
    }

    private void away() {
        cloud.setStoreAway(true);
        world.after(world.between(SHORTEST, AWAY), "the database is back", () -> cloud.setStoreAway(false));
    }
}
