package yunqi.trials.simulation;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import yunqi.core.wire.Api;
import yunqi.server.http.Desk;
import yunqi.server.http.Reply;
import yunqi.server.http.Route;
import yunqi.trials.simulation.world.Broken;
import yunqi.trials.simulation.world.Fault;
import yunqi.trials.simulation.world.Weather;
import yunqi.trials.simulation.world.World;

/** The way from users to the API of either server, and what users may rely on: what was accepted stays, and a change on condition is made on that condition. */
final class Calls {
    private static final int TRIES = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int FAULT = 500;
    private static final int LATER = 503;

    private final Cloud cloud;
    private final World world;
    private final Map<UUID, Long> promised = new TreeMap<>();
    private long made;
    private long accepted;

    Calls(Cloud cloud) {
        this.cloud = cloud;
        this.world = cloud.world();
    }

    long made() {
        return made;
    }

    long accepted() {
        return accepted;
    }

    /** The generation that a thing was said to have, of everything that a user was told is done. */
    Map<UUID, Long> promised() {
        return promised;
    }

    /** Asks; {@code done} hears of it when the server does it, whether or not the user ever does. Asked again if nothing is heard, as people do. */
    void ask(Desk.Asked asked, Consumer<Api.Item<?, ?>> done) {
        made++;
        ask(asked, done, TRIES);
    }

    private void ask(Desk.Asked asked, Consumer<Api.Item<?, ?>> done, int tries) {
        SimServer server = world.one(cloud.servers());
        boolean[] heard = new boolean[1];
        if (tries > 1) {
            world.after(PATIENCE, "a user asks again", () -> {
                if (!heard[0] && cloud.weather() != Weather.CALM) {
                    ask(asked, done, tries - 1);
                }
            });
        }
        int copies = cloud.strikes(Fault.DUPLICATE) ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            if (!cloud.strikes(Fault.LOSS)) {
                world.after(
                        world.between(Duration.ofMillis(1), cloud.weather().link()),
                        "a user asks " + server.name() + ": " + asked.method() + " " + asked.path(),
                        () -> arrive(asked, done, server, heard));
            }
        }
    }

    private void arrive(Desk.Asked asked, Consumer<Api.Item<?, ?>> done, SimServer server, boolean[] heard) {
        if (!server.up()) {
            return;
        }
        server.guard(() -> {
            Reply reply = server.api().answer(asked);
            world.note("answer " + reply.status());
            if (reply.status() >= FAULT && reply.status() != LATER) {
                throw new Broken("the API has a fault: " + asked + ": " + reply.body());
            }
            Optional<Api.Item<?, ?>> item = item(reply);
            item.ifPresent(shown -> {
                accepted++;
                conditional(asked, shown);
                if (asked.method() != Route.Method.GET) {
                    promised.merge(shown.id(), shown.generation(), Math::max);
                    done.accept(shown);
                }
            });
            if (reply.status() != LATER && !cloud.strikes(Fault.LOSS)) {
                world.after(
                        world.between(Duration.ofMillis(1), cloud.weather().link()),
                        "a user hears",
                        () -> heard[0] = true);
            }
        });
    }

    private static Optional<Api.Item<?, ?>> item(Reply reply) {
        return reply.body() instanceof Reply.Body.Json(Api.Item<?, ?> item) ? Optional.of(item) : Optional.empty();
    }

    private static void conditional(Desk.Asked asked, Api.Item<?, ?> item) {
        String condition = asked.headers().get("If-Match");
        if (condition != null && item.deleted().isEmpty()) {
            long before = Long.parseLong(condition);
            if (item.generation() > before + 1) {
                throw new Broken(asked.path() + " was changed on condition of generation " + before + ", and is at "
                        + item.generation() + " now: somebody's change is lost");
            }
        }
    }
}
