package yunqi.cli.show;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import yunqi.cli.api.Api;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;

/** Waits until a thing is as wished, and says meanwhile what is in the way. */
public final class Await {
    private static final Duration SHORT_PAUSE = Duration.ofMillis(100); // a container starts in less than a second
    private static final Duration LONG_PAUSE = Duration.ofSeconds(1);
    private static final Duration SOON = Duration.ofSeconds(5);

    private final Api api;
    private final Surroundings around;

    public Await(Api api, Surroundings around) {
        this.api = api;
        this.around = around;
    }

    /** How far a thing is. */
    sealed interface Progressed {
        record Done() implements Progressed {}

        record NotYet(String why) implements Progressed {}

        record Never(String why) implements Progressed {}
    }

    /** Waits for an instance to be as its spec says: running and ready, or stopped. */
    public JsonNode instance(String path, Duration limit) throws InterruptedException {
        return until(path, limit, found -> found.map(Await::instance).orElse(new Progressed.Never("it is gone")));
    }

    /** Waits for an instance to run since another moment than {@code before}. */
    public JsonNode restarted(String path, String before, Duration limit) throws InterruptedException {
        return until(path, limit, found -> {
            if (found.isEmpty()) {
                return new Progressed.Never("it is gone");
            }
            boolean same = found.get().at("/status/startedAt").asText("").equals(before);
            return same ? new Progressed.NotYet("waits for its host to restart it") : instance(found.get());
        });
    }

    /** Waits for a thing whose status has a state and that is done with this one. */
    public JsonNode state(String path, String state, Duration limit) throws InterruptedException {
        return until(path, limit, found -> {
            String is = found.map(item -> item.at("/status/state").asText("")).orElse("gone");
            return is.equals(state)
                    ? new Progressed.Done()
                    : new Progressed.NotYet(found.map(Await::message).orElse("it is gone"));
        });
    }

    public void gone(String path, Duration limit) throws InterruptedException {
        until(
                path,
                limit,
                found -> found.<Progressed>map(item -> new Progressed.NotYet(message(item)))
                        .orElse(new Progressed.Done()));
    }

    private static Progressed instance(JsonNode item) {
        String state = item.at("/status/state").asText("");
        boolean running = item.at("/spec/running").asBoolean(true);
        return switch (state) {
            case "running" -> running ? new Progressed.Done() : new Progressed.NotYet(message(item));
            case "stopped" -> running ? new Progressed.NotYet(message(item)) : new Progressed.Done();
            case "completed" -> new Progressed.Done();
            case "failed" -> running ? new Progressed.Never(message(item)) : new Progressed.Done();
            default -> new Progressed.NotYet(message(item));
        };
    }

    public static String message(JsonNode item) {
        String state = item.at("/status/state").asText("");
        String message = item.at("/status/message").asText("");
        return message.isEmpty() ? state : state + ": " + message;
    }

    private JsonNode until(String path, Duration limit, Function<Optional<JsonNode>, Progressed> judge)
            throws InterruptedException {
        String name = path.substring(path.lastIndexOf('/') + 1);
        Instant begin = Instant.now();
        try (Progress progress = new Progress(around)) {
            while (true) {
                Optional<JsonNode> found = api.find(path);
                Duration spent = Duration.between(begin, Instant.now());
                switch (judge.apply(found)) {
                    case Progressed.Done _ -> {
                        return found.orElseGet(Json::object);
                    }
                    case Progressed.Never(String why) -> throw Trouble.failed(name + ": " + why);
                    case Progressed.NotYet(String why) -> {
                        if (spent.compareTo(limit) >= 0) {
                            throw Trouble.late(name + " is not so after " + limit.toSeconds() + " s: " + why
                                    + "\n  it goes on by itself; --wait=DURATION waits longer");
                        }
                        progress.say(name + " " + why);
                    }
                }
                Thread.sleep(spent.compareTo(SOON) < 0 ? SHORT_PAUSE : LONG_PAUSE);
            }
        }
    }
}
