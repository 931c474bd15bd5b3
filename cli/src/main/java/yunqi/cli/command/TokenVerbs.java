package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Printer;
import yunqi.core.base.Name;
import yunqi.core.project.Role;
import yunqi.core.wire.Wire;

/** Tokens: what programs call with instead of a person. */
final class TokenVerbs {
    private TokenVerbs() {}

    /** Something with the tokens of one user. */
    abstract static class OfUser extends Verb {
        @Option(
                names = {"-u", "--user"},
                paramLabel = "NAME",
                description = "whose, for operators; yours without it")
        private Optional<String> user = Optional.empty();

        OfUser(Surroundings around) {
            super(around);
        }

        final String tokens(Api api) {
            return "/v1/users/" + Api.segment(user.orElseGet(() -> UserVerbs.me(api))) + "/tokens";
        }
    }

    @Command(
            name = "create",
            description = "Create a token, shown this once: for one project, with no more than a role, until a time.")
    static final class Create extends OfUser {
        @Parameters(paramLabel = "NAME", description = "what it is for: a-z, 0-9 and '-'")
        private String name = "";

        @Option(
                names = {"-p", "--project"},
                paramLabel = "PROJECT",
                description = "good for this project only")
        private Optional<String> project = Optional.empty();

        @Option(names = "--role", paramLabel = "ROLE", description = "no more than viewer, member or admin")
        private Optional<Role> role = Optional.empty();

        @Option(names = "--expires", paramLabel = "TIME", description = "such as 12h or 30d; 90d without it")
        private Optional<String> expires = Optional.empty();

        Create(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            var wish = new yunqi.core.wire.Api.TokenWish(
                    new Name(name),
                    project.map(Name::new),
                    role,
                    expires.map(text -> Instant.now().plus(length(text))));
            try (Api api = api()) {
                JsonNode made = api.post(tokens(api), Wire.tree(wish));
                if (format() == Printer.Format.TABLE) {
                    around().err()
                            .println("token " + name + " is good until "
                                    + made.path("expires").asText() + "; it is not shown again:");
                    around().out().println(made.path("token").asText());
                } else {
                    printer().raw(made);
                }
            }
            return DONE;
        }
    }

    /** Reads {@code 30m}, {@code 12h} or {@code 90d}. */
    static Duration length(String text) {
        if (!text.matches("[1-9][0-9]{0,4}[mhd]")) {
            throw Trouble.usage("--expires: '" + text + "' is not a time; write it as 30m, 12h or 90d");
        }
        long count = Long.parseLong(text.substring(0, text.length() - 1));
        return switch (text.charAt(text.length() - 1)) {
            case 'm' -> Duration.ofMinutes(count);
            case 'h' -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    @Command(name = "list", description = "List tokens, without their secrets.")
    static final class ListAll extends OfUser {
        ListAll(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            try (Api api = api()) {
                JsonNode list = api.get(tokens(api));
                if (format() != Printer.Format.TABLE) {
                    printer().raw(list);
                    return DONE;
                }
                if (list.path("items").isEmpty()) {
                    around().err().println("no tokens");
                    return DONE;
                }
                List<List<String>> rows = new ArrayList<>();
                for (JsonNode item : list.path("items")) {
                    rows.add(List.of(
                            item.path("name").asText(),
                            item.path("project").asText("-"),
                            item.path("role").asText("-"),
                            item.path("created").asText(),
                            item.path("expires").asText(),
                            item.path("used").asText("never")));
                }
                printer().table(List.of("NAME", "PROJECT", "ROLE", "CREATED", "EXPIRES", "LAST USED"), rows);
            }
            return DONE;
        }
    }

    @Command(name = "revoke", description = "Take tokens back; they stop working at once.")
    static final class Revoke extends OfUser {
        @Parameters(arity = "1..*", paramLabel = "NAME", description = "which ones")
        private List<String> names = List.of();

        Revoke(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            boolean complete = true;
            try (Api api = api()) {
                String tokens = tokens(api);
                for (String name : names) {
                    Optional<String> missing = api.delete(tokens + "/" + Api.segment(name));
                    if (missing.isPresent()) {
                        complete = false;
                        around().err().println("yunqi: " + missing.get());
                    } else if (format() == Printer.Format.TABLE) {
                        around().out().println("token " + name + " is revoked");
                    } else {
                        ObjectNode said = Json.object();
                        printer().raw(said.put("name", name).put("revoked", true));
                    }
                }
            }
            return complete ? DONE : Trouble.FAILED;
        }
    }
}
