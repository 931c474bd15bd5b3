package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Declare;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.show.Printer;
import yunqi.core.wire.Kind;

/** {@code token}, {@code close} and {@code resume} of hosts. */
final class HostVerbs {
    private HostVerbs() {}

    @Command(name = "token", description = "Make a token with which one further machine may join.")
    static final class Token extends Verb {
        Token(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            try (Api api = api()) {
                JsonNode token = api.post("/v1/join-tokens", Json.object());
                if (format() != Printer.Format.TABLE) {
                    printer().raw(token);
                    return DONE;
                }
                Contexts.Context context = new Contexts(around()).pick(context());
                around().out()
                        .println("On the machine that is to join, within the time of the token ("
                                + token.path("expires").asText() + "), as root:");
                around().out().println();
                around().out()
                        .println("  ./yunqi join " + context.url() + " --token "
                                + token.path("token").asText() + " --ca-hash "
                                + api.get("/v1/version").path("authority").asText());
            }
            return DONE;
        }
    }

    /** Opens or closes hosts for new instances. */
    abstract static class Gate extends Verb {
        @Parameters(arity = "1..*", paramLabel = "NAME", description = "which ones")
        private List<String> names = List.of();

        private final boolean open;

        Gate(Surroundings around, boolean open) {
            super(around);
            this.open = open;
        }

        @Override
        int run() {
            try (Api api = api()) {
                for (String name : names) {
                    JsonNode item = Declare.change(api, path(Kind.HOST, name), spec -> spec.put("schedulable", open));
                    if (format() == Printer.Format.TABLE) {
                        around().out()
                                .println("host " + name
                                        + (open
                                                ? " takes new instances"
                                                : " takes no new instances; those on it stay"));
                    } else {
                        printer().raw(item);
                    }
                }
            }
            return DONE;
        }
    }

    @Command(name = "close", description = "Let no new instances onto hosts; those on them stay.")
    static final class Close extends Gate {
        Close(Surroundings around) {
            super(around, false);
        }
    }

    @Command(name = "resume", description = "Let new instances onto hosts again.")
    static final class Resume extends Gate {
        Resume(Surroundings around) {
            super(around, true);
        }
    }
}
