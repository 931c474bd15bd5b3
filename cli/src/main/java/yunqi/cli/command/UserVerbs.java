package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Declare;
import yunqi.cli.api.Secret;
import yunqi.cli.api.Surroundings;
import yunqi.cli.show.Printer;
import yunqi.core.base.Name;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Wire;

/** What is particular about users. */
final class UserVerbs {
    private UserVerbs() {}

    /** The name of the user that the context's token belongs to. */
    static String me(Api api) {
        return api.get("/v1/me").path("name").asText();
    }

    @Command(
            name = "create",
            description = {
                "Create a user, who has no rights until 'yunqi project grant' gives some.",
                "The password is asked for; with --no-password there is none yet."
            })
    static final class Create extends CreateVerbs.Create {
        @Option(names = "--operator", description = "may do everything on the whole site")
        private boolean operator;

        @Option(names = "--no-password", description = "for one who signs in through a provider, or uses tokens only")
        private boolean none;

        @Option(names = "--description", paramLabel = "TEXT", description = "who it is")
        private String description = "";

        Create(Surroundings around) {
            super(around, Kind.USER);
        }

        @Override
        void fill(ObjectNode spec) {
            spec.put("operator", operator).put("description", description);
        }

        /** Asked for first: a user without the password that was meant is of no use. */
        @Override
        int run() throws IOException {
            Optional<String> password =
                    none ? Optional.empty() : Optional.of(Secret.fresh(around(), "password of " + name()));
            int code = super.run();
            if (password.isPresent()) {
                try (Api api = api()) {
                    set(api, name(), password.get(), Optional.empty());
                }
            }
            return code;
        }
    }

    @Command(
            name = "password",
            description = "Set a user's password; your own without a name. Ends what was signed in to.")
    static final class Password extends Verb {
        @Parameters(arity = "0..1", paramLabel = "NAME", description = "whose; yours without it")
        private Optional<String> name = Optional.empty();

        Password(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws IOException {
            try (Api api = api()) {
                String me = me(api);
                String whose = new Name(name.orElse(me)).value();
                Optional<String> old = whose.equals(me)
                        ? Optional.of(Secret.ask(around(), "the password of " + whose + " now"))
                        : Optional.empty();
                set(api, whose, Secret.fresh(around(), "the new password of " + whose), old);
                around().out().println("user " + whose + " has a new password");
            }
            return DONE;
        }
    }

    private static void set(Api api, String user, String password, Optional<String> old) {
        var wish = new yunqi.core.wire.Api.NewPassword(password, old);
        api.post("/v1/users/" + Api.segment(user) + "/password", Wire.tree(wish));
    }

    @Command(name = "show", description = "Show a user; without a name, who you are and what you may do.")
    static final class Show extends Verb {
        @Parameters(arity = "0..1", paramLabel = "NAME", description = "which one")
        private Optional<String> name = Optional.empty();

        Show(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            try (Api api = api()) {
                printer().one(api.get(name.map(given -> path(Kind.USER, given)).orElse("/v1/me")));
            }
            return DONE;
        }
    }

    /** Lets users in or keeps them out. */
    abstract static class Gate extends Verb {
        @Parameters(arity = "1..*", paramLabel = "NAME", description = "which ones")
        private List<String> names = List.of();

        private final boolean enabled;

        Gate(Surroundings around, boolean enabled) {
            super(around);
            this.enabled = enabled;
        }

        @Override
        int run() {
            try (Api api = api()) {
                for (String name : names) {
                    JsonNode item = Declare.change(api, path(Kind.USER, name), spec -> spec.put("enabled", enabled));
                    if (format() == Printer.Format.TABLE) {
                        around().out().println("user " + name + (enabled ? " may sign in" : " can do nothing now"));
                    } else {
                        printer().raw(item);
                    }
                }
            }
            return DONE;
        }
    }

    @Command(name = "disable", description = "Let users do nothing from now on; what they made stays.")
    static final class Disable extends Gate {
        Disable(Surroundings around) {
            super(around, false);
        }
    }

    @Command(name = "enable", description = "Let users in again.")
    static final class Enable extends Gate {
        Enable(Surroundings around) {
            super(around, true);
        }
    }
}
