package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Printer;
import yunqi.core.wire.Wire;

/** {@code list}, {@code adopt} and {@code remove} of orphans. */
final class OrphanVerbs {
    private static final String PATH = "/v1/orphans";

    private OrphanVerbs() {}

    @Command(name = "list", description = "List what engines have and the server does not know; it is left as it is.")
    static final class ListAll extends Verb {
        ListAll(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            try (Api api = api()) {
                JsonNode all = api.get(PATH);
                if (format() != Printer.Format.TABLE) {
                    printer().raw(all);
                    return DONE;
                }
                for (JsonNode one : all.path("instances")) {
                    around().out()
                            .println("instance " + one.path("id").asText() + " on "
                                    + one.path("host").asText() + ": "
                                    + (one.has("name")
                                            ? one.path("project").asText() + "/"
                                                    + one.path("name").asText() + " "
                                                    + one.path("addresses")
                                            : "nothing is known of it")
                                    + (one.path("removing").asBoolean() ? ", is being removed" : ""));
                }
                for (JsonNode one : all.path("networks")) {
                    around().out()
                            .println("network  " + one.path("id").asText() + ", noticed "
                                    + one.path("since").asText());
                }
                for (JsonNode one : all.path("waiting")) {
                    around().out().println("host     " + one.asText() + " has not told yet what it holds");
                }
                if (all.path("instances").isEmpty() && all.path("networks").isEmpty()) {
                    around().out().println("no orphans");
                }
                return DONE;
            }
        }
    }

    /** A verb on one instance or network, by its id. */
    abstract static class OfOne extends Verb {
        @Parameters(paramLabel = "ID", description = "as 'yunqi orphan list' shows it")
        private String id = "";

        OfOne(Surroundings around) {
            super(around);
        }

        final String id() {
            try {
                return UUID.fromString(id).toString();
            } catch (IllegalArgumentException e) {
                throw Trouble.usage("'" + id + "' is not an id; 'yunqi orphan list' shows them");
            }
        }
    }

    @Command(name = "adopt", description = "Make an instance known again, as it runs: nothing of it is touched.")
    static final class Adopt extends OfOne {
        Adopt(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            try (Api api = api()) {
                api.post(PATH + "/instances/" + id() + "/adopt", Wire.lenient().createObjectNode());
                around().out().println("instance " + id() + " is known again");
                return DONE;
            }
        }
    }

    @Command(name = "remove", description = "Have an instance or a network removed, with all its data.")
    static final class Remove extends OfOne {
        Remove(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            try (Api api = api()) {
                boolean network = false;
                for (JsonNode one : api.get(PATH).path("networks")) {
                    network |= one.path("id").asText().equals(id());
                }
                api.delete(PATH + (network ? "/networks/" : "/instances/") + id());
                around().out().println((network ? "network " : "instance ") + id() + " is being removed");
                return DONE;
            }
        }
    }
}
