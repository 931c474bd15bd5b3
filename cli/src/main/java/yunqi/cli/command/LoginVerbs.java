package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Json;
import yunqi.cli.api.Secret;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.login.SsoLogin;
import yunqi.cli.show.Printer;
import yunqi.core.base.Name;
import yunqi.core.wire.Api.Login;
import yunqi.core.wire.Wire;

/** {@code login} and {@code logout}. */
final class LoginVerbs {
    private LoginVerbs() {}

    @Command(
            name = "login",
            description = {
                "Sign in to a cloud; the token goes into the context, for 12 hours.",
                "The password is asked for, or read from standard input or YUNQI_PASSWORD.",
                "With --sso you sign in at the cloud's OpenID provider, in a browser."
            })
    static final class In extends Verb {
        @Parameters(
                arity = "0..1",
                paramLabel = "URL",
                description = "its API, such as https://10.0.0.1:7443; without it, that of the context")
        private Optional<String> url = Optional.empty();

        @Option(
                names = {"-u", "--user"},
                paramLabel = "NAME",
                description = "who you are there")
        private Optional<String> user = Optional.empty();

        @Option(
                names = "--ca",
                paramLabel = "FILE",
                description = "with a URL: the certificate of its authority (ROOT/server/ca/ca.crt on its machine)")
        private Optional<Path> ca = Optional.empty();

        @Option(
                names = "--sso",
                description =
                        "at the cloud's OpenID provider, in a browser here; where there is none, on another device")
        private boolean sso;

        @Option(
                names = "--device",
                description = "the same on another device, such as a phone, by a code to type there")
        private boolean device;

        In(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws IOException, InterruptedException {
            Contexts contexts = new Contexts(around());
            Contexts.Context at = url.isPresent() ? elsewhere(url.get()) : contexts.pick(context());
            String name = context()
                    .or(() -> around().env("YUNQI_CONTEXT"))
                    .or(() -> url.map(LoginVerbs::named))
                    .or(() -> contexts.load().current())
                    .orElseThrow();
            try (Api api = new Api(new Contexts.Context(at.url(), "", at.ca()))) {
                if ((sso || device) && user.isPresent()) {
                    throw Trouble.usage("--user: the provider says who you are");
                }
                JsonNode session = sso || device ? new SsoLogin(around(), api).session(device) : byPassword(api);
                contexts.save(
                        new Name(name).value(),
                        new Contexts.Context(at.url(), session.path("token").asText(), at.ca()));
                around().out()
                        .println("signed in to " + name + " (" + at.url() + ") as "
                                + session.path("user").asText() + " until "
                                + session.path("expires").asText());
            }
            return DONE;
        }

        private JsonNode byPassword(Api api) throws IOException {
            String who = user.or(() -> around().env("YUNQI_USER"))
                    .orElseThrow(() -> Trouble.usage("--user: who are you there?"));
            Login login = new Login(new Name(who), Secret.ask(around(), "password of " + who));
            return api.post("/v1/login", Wire.tree(login));
        }

        private Contexts.Context elsewhere(String address) {
            if (!address.startsWith("https://")) {
                throw Trouble.usage(
                        "'" + address + "' is not the address of a server; write it as https://10.0.0.1:7443");
            }
            Path file = ca.orElseThrow(() -> Trouble.usage("--ca: the certificate of its authority is needed"));
            try {
                return new Contexts.Context(address, "", Files.readString(file));
            } catch (IOException e) {
                throw Trouble.usage(
                        "--ca: " + file + " cannot be read (" + e.getClass().getSimpleName() + ")");
            }
        }
    }

    /** What a context is called if nobody says: the machine's name as far as it can be one. */
    private static String named(String url) {
        String host = url.replaceFirst("^https://", "").replaceFirst("[:/].*$", "");
        return host.toLowerCase(java.util.Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "-")
                .replaceAll("^-|-$", "");
    }

    @Command(name = "logout", description = "Sign out: the token of the context is taken back.")
    static final class Out extends Verb {
        Out(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            try (Api api = api()) {
                JsonNode me = api.post("/v1/logout", Json.object());
                if (format() == Printer.Format.TABLE) {
                    around().out()
                            .println(me.path("name").asText() + " is signed out of "
                                    + api.context().url());
                } else {
                    ObjectNode shown = me.deepCopy();
                    printer().raw(shown);
                }
            }
            return DONE;
        }
    }
}
