package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import yunqi.cli.api.Api;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Await;
import yunqi.cli.show.Printer;
import yunqi.core.wire.Kind;

/** {@code status} and {@code version}. */
final class StatusVerbs {
    private StatusVerbs() {}

    @Command(name = "status", description = "Say what is well and what isn't: server, hosts, engines, instances.")
    static final class Status extends Verb {
        Status(Surroundings around) {
            super(around);
        }

        @Override
        boolean scoped() {
            return true;
        }

        @Override
        int run() {
            try (Api api = api()) {
                JsonNode version = api.get("/v1/version");
                JsonNode hosts = api.list(Kind.HOST.path(""), new TreeMap<>());
                JsonNode instances = api.list(path(Kind.INSTANCE), new TreeMap<>());
                JsonNode orphans = api.get("/v1/orphans");
                if (format() != Printer.Format.TABLE) {
                    ObjectNode all = Json.object();
                    all.set("server", version);
                    all.set("hosts", hosts.path("items"));
                    all.set("instances", instances.path("items"));
                    all.set("orphans", orphans);
                    printer().raw(all);
                    return DONE;
                }
                around().out()
                        .println("server    " + version.path("version").asText() + " at "
                                + api.context().url());
                boolean well = tell("hosts", hosts, "ready", "closed");
                for (JsonNode host : hosts.path("items")) {
                    for (JsonNode engine : host.at("/status/engines")) {
                        if (!engine.path("running").asBoolean()) {
                            well = false;
                            around().out()
                                    .println("  engine " + engine.path("name").asText() + " on "
                                            + host.path("name").asText() + " is not running: "
                                            + engine.path("message").asText("no reason known"));
                        }
                    }
                    if (!host.at("/status/orphans").isEmpty()) {
                        around().out()
                                .println("  " + host.path("name").asText() + " runs "
                                        + host.at("/status/orphans").size()
                                        + " instances that the server does not know");
                    }
                }
                if (!orphans.path("networks").isEmpty()) {
                    around().out()
                            .println("networks  " + orphans.path("networks").size()
                                    + " that the server does not know; they are left as they are");
                }
                well &= tell("instances", instances, "running", "stopped", "completed");
                return well ? DONE : Trouble.FAILED;
            }
        }

        private boolean tell(String what, JsonNode list, String... wellStates) {
            Map<String, Integer> counts = new TreeMap<>();
            list.path("items")
                    .forEach(item -> counts.merge(item.at("/status/state").asText("?"), 1, Integer::sum));
            StringBuilder line = new StringBuilder();
            counts.forEach((state, count) -> line.append(line.isEmpty() ? "" : ", ")
                    .append(count)
                    .append(' ')
                    .append(state));
            around().out().println(what + " ".repeat(10 - what.length()) + (line.isEmpty() ? "none" : line));
            boolean well = true;
            for (JsonNode item : list.path("items")) {
                if (!java.util.List.of(wellStates)
                        .contains(item.at("/status/state").asText())) {
                    well = false;
                    around().out().println("  " + item.path("name").asText() + " is " + Await.message(item));
                }
            }
            return well;
        }
    }

    @Command(name = "version", description = "Say which version this command and its server are.")
    static final class Version extends Verb {
        Version(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            String own = String.valueOf(Version.class.getPackage().getImplementationVersion());
            JsonNode server = Json.object();
            try (Api api = api()) {
                server = api.get("/v1/version");
            } catch (Trouble e) {
                if (format() == Printer.Format.TABLE) {
                    around().out().println("yunqi " + own);
                    around().err().println("server: " + e.getMessage());
                    return DONE;
                }
            }
            if (format() == Printer.Format.TABLE) {
                around().out().println("yunqi " + own);
                around().out()
                        .println("server " + server.path("version").asText()
                                + (server.path("simulated").asBoolean() ? " (simulated hosts)" : ""));
            } else {
                ObjectNode both = Json.object().put("client", own);
                both.set("server", server);
                printer().raw(both);
            }
            return DONE;
        }
    }
}
