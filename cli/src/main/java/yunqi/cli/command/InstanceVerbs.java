package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Declare;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.argument.Waits;
import yunqi.cli.show.Await;
import yunqi.cli.show.Printer;
import yunqi.core.wire.Kind;

/** {@code start}, {@code stop}, {@code restart} and {@code explain} of instances. */
final class InstanceVerbs {
    private InstanceVerbs() {}

    /** Names of instances, and whether to wait. */
    abstract static class Named extends Verb {
        @Parameters(arity = "1..*", paramLabel = "NAME", description = "which ones")
        private List<String> names = List.of();

        @Mixin
        private Waits waits = new Waits();

        private final String word;

        Named(Surroundings around, String word) {
            super(around);
            this.word = word;
        }

        @Override
        boolean scoped() {
            return true;
        }

        abstract JsonNode ask(Api api, String path);

        JsonNode await(Await await, String path, JsonNode before) throws InterruptedException {
            return await.instance(path, waits.limit().orElse(Waits.USUAL));
        }

        @Override
        int run() throws InterruptedException {
            try (Api api = api()) {
                List<JsonNode> asked = new ArrayList<>();
                for (String name : names) {
                    JsonNode item = ask(api, path(Kind.INSTANCE, name));
                    asked.add(item);
                    if (waits.limit().isEmpty()) {
                        say(name, item, "will be " + word);
                    }
                }
                for (int i = 0; waits.limit().isPresent() && i < names.size(); i++) {
                    JsonNode item = await(new Await(api, around()), path(Kind.INSTANCE, names.get(i)), asked.get(i));
                    say(names.get(i), item, "is " + item.at("/status/state").asText(word));
                }
            }
            return DONE;
        }

        private void say(String name, JsonNode item, String text) {
            if (format() == Printer.Format.TABLE) {
                around().out().println("instance " + name + " " + text);
            } else {
                printer().raw(item);
            }
        }
    }

    @Command(name = "start", description = "Start instances.")
    static final class Start extends Named {
        Start(Surroundings around) {
            super(around, "started");
        }

        @Override
        JsonNode ask(Api api, String path) {
            return Declare.change(api, path, spec -> spec.put("running", true));
        }
    }

    @Command(name = "stop", description = "Stop instances; their disks and addresses stay theirs.")
    static final class Stop extends Named {
        Stop(Surroundings around) {
            super(around, "stopped");
        }

        @Override
        JsonNode ask(Api api, String path) {
            return Declare.change(api, path, spec -> spec.put("running", false));
        }
    }

    @Command(name = "restart", description = "Restart instances.")
    static final class Restart extends Named {
        Restart(Surroundings around) {
            super(around, "restarted");
        }

        @Override
        JsonNode ask(Api api, String path) {
            JsonNode before = api.get(path);
            api.post(path + "/restart", Json.object());
            return before;
        }

        @Override
        JsonNode await(Await await, String path, JsonNode before) throws InterruptedException {
            return await.restarted(path, before.at("/status/startedAt").asText(""), limit());
        }

        private java.time.Duration limit() {
            return super.waits.limit().orElse(Waits.USUAL);
        }
    }

    @Command(name = "explain", description = "Say why an instance is where it is, or what it waits for.")
    static final class Explain extends Verb {
        @Parameters(paramLabel = "NAME", description = "which one")
        private String name = "";

        Explain(Surroundings around) {
            super(around);
        }

        @Override
        boolean scoped() {
            return true;
        }

        @Override
        int run() {
            try (Api api = api()) {
                JsonNode item = api.get(path(Kind.INSTANCE, name));
                // Servers of the version before have none.
                JsonNode why =
                        api.find(path(Kind.INSTANCE, name) + "/explanation").orElse(item.path("status"));
                if (format() != Printer.Format.TABLE) {
                    printer().raw(why);
                    return DONE;
                }
                around().out().println(name + " is " + Await.message(item));
                String placement = item.at("/status/placement").asText("");
                if (!placement.isEmpty()) {
                    around().out().println("placement: " + placement);
                }
                int restarts = item.at("/status/restarts").asInt();
                if (restarts > 0) {
                    around().out().println("ended by itself " + restarts + " times since it last ran well");
                }
                if (!why.path("hosts").isEmpty()) {
                    hosts(why);
                }
            }
            return DONE;
        }

        private void hosts(JsonNode why) {
            around().out().println("it needs " + why.path("needs").asText() + "; if it were placed now:");
            List<List<String>> rows = new ArrayList<>();
            why.path("hosts")
                    .forEach(host -> rows.add(List.of(
                            host.path("host").asText(),
                            host.path("able").asBoolean() ? "yes" : "no",
                            Surroundings.line(host.path("reason").asText()))));
            printer().table(List.of("HOST", "ABLE", "WHY"), rows);
        }
    }
}
