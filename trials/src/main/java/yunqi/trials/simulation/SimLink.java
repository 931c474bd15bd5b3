package yunqi.trials.simulation;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import yunqi.core.host.HostId;
import yunqi.trials.simulation.planted.Planted;
import yunqi.trials.simulation.world.Fault;
import yunqi.trials.simulation.world.World;

/**
 * The way between one host and the servers: requests and answers may be lost, come late or twice, and either direction may be cut. A request goes to whichever
 * server the chance will have.
 */
final class SimLink {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration LATE = Duration.ofSeconds(1); // from here on a message counts as delayed

    private static final double ASTRAY =
            0.1; // of the messages, where messages are late at all, so many come when nobody waits for them any more
    private static final Duration LATEST = Duration.ofSeconds(90); // as long as a proxy may hold a request

    private final HostId host;
    private final String name;
    private final Cloud cloud;
    private boolean there = true;
    private boolean back = true;
    private long cuts;
    private long calls;

    SimLink(HostId host, String name, Cloud cloud) {
        this.host = host;
        this.name = name;
        this.cloud = cloud;
    }

    /** One request: what the server does, what the agent does with the answer and after it, or when none comes in time. */
    record Call<T>(Function<SimServer, T> body, Consumer<T> answer, Runnable next, Runnable failed) {}

    /** Runs what the agent does when something comes, unless it is no more. */
    interface Agent {
        void after(Duration delay, String what, Runnable run);
    }

    /** Cuts requests, answers or both for a while. */
    void cut(boolean requests, boolean answers, Duration until) {
        there = !requests;
        back = !answers;
        long mine = ++cuts;
        cloud.world().after(until, name + "'s link is whole again", () -> {
            if (mine == cuts) {
                there = true;
                back = true;
            }
        });
    }

    <T> void send(Agent agent, Call<T> request) {
        World world = cloud.world();
        Settled settled = new Settled();
        agent.after(TIMEOUT, name + " gives up call " + ++calls, () -> {
            if (settled.now()) {
                request.failed().run();
            }
        });
        int copies = 1;
        if (cloud.strikes(Fault.DUPLICATE)) {
            cloud.pending().struck(Fault.DUPLICATE, host);
            copies = 2;
        }
        for (int i = 0; i < copies; i++) {
            if (there && !lost()) {
                SimServer server = world.one(cloud.servers());
                world.after(
                        delay(),
                        name + " calls " + server.name(),
                        () -> arrive(new Sent<>(agent, request, settled), server));
            }
        }
    }

    private boolean lost() {
        boolean lost = cloud.strikes(Fault.LOSS);
        if (lost) {
            cloud.pending().struck(Fault.LOSS, host);
        }
        return lost;
    }

    private Duration delay() {
        boolean astray = cloud.world().chance(cloud.weather().of(Fault.DELAY) * ASTRAY);
        Duration longest = astray ? LATEST : cloud.weather().link();
        Duration delay = cloud.world().between(Duration.ofMillis(1), longest);
        if (delay.compareTo(LATE) > 0) {
            cloud.pending().struck(Fault.DELAY, host);
        }
        return delay;
    }

    /** Whether the agent has heard an answer or given up. */
    private static final class Settled {
        private boolean settled;

        /** True the first time. */
        boolean now() {
            boolean first = !settled;
            settled = true;
            return first;
        }
    }

    private record Sent<T>(Agent agent, Call<T> request, Settled settled) {}

    private <T> void arrive(Sent<T> sent, SimServer server) {
        if (!server.up()) {
            return;
        }
        server.guard(() -> {
            Optional<T> reply = cloud.answered(() -> sent.request().body().apply(server));
            if (reply.isEmpty() || !back || lost()) {
                return;
            }
            hear(sent, reply.get(), delay());
            if (cloud.strikes(Fault.DUPLICATE)) {
                hear(sent, reply.get(), cloud.world().between(LATE, LATEST));
            }
        });
    }

    private <T> void hear(Sent<T> sent, T reply, Duration delay) {
        sent.agent().after(delay, name + " hears", () -> {
            if (sent.settled().now()) {
                sent.request().answer().accept(reply);
                sent.request().next().run();
            } else if (cloud.plants().is(Planted.STALE_ASSIGNMENT_ACCEPTED)) {
                sent.request().answer().accept(reply);
            }
        });
    }
}
