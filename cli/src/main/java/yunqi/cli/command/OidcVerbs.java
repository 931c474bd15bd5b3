package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import yunqi.cli.api.Api;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Printer;
import yunqi.core.base.Name;
import yunqi.core.wire.Sso;
import yunqi.core.wire.Wire;

/** The OpenID provider through which people may sign in. */
final class OidcVerbs {
    private static final String PATH = "/v1/oidc";
    private static final int SECRET_LIMIT = 4_096; // bytes of its file

    private OidcVerbs() {}

    @Command(
            name = "set",
            description = {
                "Say which OpenID provider people may sign in through, and what its groups may do here.",
                "There, register a native client with the redirect address http://127.0.0.1/callback."
            })
    static final class Set extends Verb {
        @Option(names = "--issuer", required = true, paramLabel = "URL", description = "what the provider calls itself")
        private String issuer = "";

        @Option(
                names = "--client-id",
                required = true,
                paramLabel = "ID",
                description = "what this cloud is called there")
        private String clientId = "";

        @Option(
                names = "--client-secret-file",
                paramLabel = "FILE",
                description =
                        "the client's secret, if it has one; '-' reads standard input; without it the one before stays")
        private Optional<String> secretFile = Optional.empty();

        @Option(names = "--no-client-secret", description = "the client has no secret (any more)")
        private boolean noSecret;

        @Option(
                names = "--username-claim",
                paramLabel = "CLAIM",
                description = "what users are called after; preferred_username without it")
        private Optional<String> usernameClaim = Optional.empty();

        @Option(
                names = "--groups-claim",
                paramLabel = "CLAIM",
                description = "what groups they are in, such as realm_access.roles; groups without it")
        private Optional<String> groupsClaim = Optional.empty();

        @Option(
                names = "--scope",
                paramLabel = "SCOPE",
                description =
                        "asked for besides openid, repeatable; without it profile, and email and groups if the provider has them")
        private List<String> scopes = new ArrayList<>();

        @Option(
                names = "--map",
                paramLabel = "GROUP=ROLE@PROJECT",
                description =
                        "who is in the group is viewer, member or admin of the project; GROUP=operator: an operator of the site; repeatable")
        private List<String> map = new ArrayList<>();

        @Option(
                names = "--admit-all",
                description = "lets in everybody whom the provider knows; without it, those in a mapped group")
        private boolean admitAll;

        @Option(
                names = "--session",
                paramLabel = "TIME",
                description = "how long one is signed in, such as 30m or 8h; 12h without it")
        private Optional<String> session = Optional.empty();

        @Option(
                names = "--ca",
                paramLabel = "FILE",
                description = "certificate (PEM) of the provider's authority, if it is not a public one")
        private Optional<Path> ca = Optional.empty();

        Set(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws IOException {
            Sso.OidcProvider wish = new Sso.OidcProvider(
                    issuer,
                    clientId,
                    noSecret ? Optional.of("") : secretFile.map(this::secret),
                    usernameClaim,
                    groupsClaim,
                    Optional.of(scopes).filter(list -> !list.isEmpty()),
                    Optional.of(map.stream().map(OidcVerbs::groupRole).toList()),
                    Optional.of(admitAll),
                    session.map(OidcVerbs::minutes),
                    ca.map(OidcVerbs::pem));
            try (Api api = api()) {
                JsonNode set =
                        api.put(PATH, Wire.tree(wish), java.util.Map.of()).body();
                if (format() == Printer.Format.TABLE) {
                    around().out()
                            .println("people may sign in through "
                                    + set.path("issuer").asText() + ": yunqi login --sso");
                } else {
                    printer().raw(set);
                }
            }
            return DONE;
        }

        private String secret(String file) {
            try {
                byte[] bytes = file.equals("-")
                        ? around().in().readNBytes(SECRET_LIMIT + 1)
                        : Files.readAllBytes(Path.of(file));
                String text = new String(bytes, StandardCharsets.UTF_8).strip();
                if (text.isEmpty() || bytes.length > SECRET_LIMIT) {
                    throw Trouble.usage("--client-secret-file: " + file + " is empty or too long for a secret");
                }
                return text;
            } catch (IOException e) {
                throw unreadable("--client-secret-file", file, e);
            }
        }
    }

    static Sso.GroupRole groupRole(String text) {
        int equals = text.lastIndexOf('='); // names of groups may hold it, as in cn=admins,dc=example
        int at = text.lastIndexOf('@');
        if (equals > 0) {
            String role = text.substring(equals + 1, at > equals ? at : text.length());
            for (Sso.Grade grade : Sso.Grade.values()) {
                if (grade.name().toLowerCase(Locale.ROOT).equals(role)) {
                    return new Sso.GroupRole(
                            text.substring(0, equals),
                            grade,
                            at > equals ? Optional.of(new Name(text.substring(at + 1))) : Optional.empty());
                }
            }
        }
        throw Trouble.usage("--map: '" + text
                + "' is not GROUP=ROLE@PROJECT with viewer, member or admin as role, nor GROUP=operator");
    }

    private static int minutes(String text) {
        if (!text.matches("[1-9][0-9]{0,4}[mh]")) {
            throw Trouble.usage("--session: '" + text + "' is not a time; write it as 30m or 8h");
        }
        int count = Integer.parseInt(text.substring(0, text.length() - 1));
        return text.endsWith("h") ? count * 60 : count;
    }

    private static String pem(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw unreadable("--ca", file.toString(), e);
        }
    }

    private static Trouble unreadable(String option, String file, IOException e) {
        return Trouble.usage(
                option + ": " + file + " cannot be read (" + e.getClass().getSimpleName() + ")");
    }

    @Command(name = "show", description = "Show the OpenID provider, without its secret.")
    static final class Show extends Verb {
        Show(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            try (Api api = api()) {
                printer().one(api.get(PATH));
            }
            return DONE;
        }
    }

    @Command(
            name = "remove",
            description =
                    "Let nobody sign in through the provider any more. Users that came by it stay, with their tokens.")
    static final class Remove extends Verb {
        Remove(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            try (Api api = api()) {
                Optional<String> missing = api.delete(PATH);
                if (missing.isPresent()) {
                    throw Trouble.failed(missing.get());
                }
                around().out().println("nobody signs in through a provider any more");
            }
            return DONE;
        }
    }
}
