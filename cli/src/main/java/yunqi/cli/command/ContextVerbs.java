package yunqi.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.show.Printer;
import yunqi.core.base.Name;

/** Which cloud is meant. */
final class ContextVerbs {
    private ContextVerbs() {}

    @Command(name = "context", description = "List the clouds that you know; * is the one that is meant.")
    static final class Show extends Verb {
        Show(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            Contexts.Known known = new Contexts(around()).load();
            String current = around().env("YUNQI_CONTEXT").or(known::current).orElse("");
            if (format() != Printer.Format.TABLE) {
                ObjectNode tree = Json.object().put("current", current);
                ArrayNode list = tree.putArray("contexts");
                known.contexts()
                        .forEach((name, context) ->
                                list.addObject().put("name", name).put("url", context.url()));
                printer().raw(tree);
                return DONE;
            }
            if (known.contexts().isEmpty()) {
                around().err().println("no cloud is known here yet; 'yunqi up' starts one on this machine");
                return DONE;
            }
            List<List<String>> rows = new ArrayList<>();
            known.contexts()
                    .forEach((name, context) ->
                            rows.add(List.of(name.equals(current) ? "*" : " ", name, context.url())));
            printer().table(List.of(" ", "NAME", "URL"), rows);
            return DONE;
        }
    }

    @Command(name = "use", description = "Mean this cloud from now on.")
    static final class Use extends Verb {
        @Parameters(paramLabel = "NAME", description = "which one")
        private String name = "";

        Use(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            new Contexts(around()).use(name);
            around().out().println("commands now go to " + name);
            return DONE;
        }
    }

    @Command(name = "add", description = "Name a cloud elsewhere, or change what is known of it.")
    static final class Add extends Verb {
        @Parameters(paramLabel = "NAME", description = "what to call it")
        private String name = "";

        @Option(
                names = "--url",
                required = true,
                paramLabel = "URL",
                description = "its API, such as https://10.0.0.1:7443")
        private String url = "";

        @Option(
                names = "--token",
                paramLabel = "TOKEN",
                description =
                        "the token; better by --token-file or YUNQI_TOKEN, which nobody sees in a list of processes")
        private Optional<String> token = Optional.empty();

        @Option(names = "--token-file", paramLabel = "FILE", description = "a file with the token")
        private Optional<Path> tokenFile = Optional.empty();

        @Option(
                names = "--ca",
                required = true,
                paramLabel = "FILE",
                description = "the certificate of its authority (ROOT/server/ca/ca.crt on its machine)")
        private Path ca = Path.of("");

        Add(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws IOException {
            if (!url.startsWith("https://")) {
                throw Trouble.usage("--url: '" + url + "' is not one; write it as https://10.0.0.1:7443");
            }
            String secret = tokenFile
                    .map(file -> read("--token-file", file))
                    .or(() -> token)
                    .or(() -> around().env("YUNQI_TOKEN"))
                    .orElseThrow(() -> Trouble.usage("a token is needed: --token-file FILE, or YUNQI_TOKEN"));
            var context = new Contexts.Context(url, secret.strip(), read("--ca", ca));
            try (Api api = new Api(context)) {
                api.get("/v1/version");
            }
            new Contexts(around()).save(new Name(name).value(), context);
            around().out().println("commands now go to " + name + " (" + url + ")");
            return DONE;
        }

        private static String read(String option, Path file) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw Trouble.usage(option + ": " + file + " cannot be read ("
                        + e.getClass().getSimpleName() + ")");
            }
        }
    }

    @Command(name = "remove", description = "Forget a cloud here; nothing is done to it.")
    static final class Remove extends Verb {
        @Parameters(paramLabel = "NAME", description = "which one")
        private String name = "";

        Remove(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            Contexts contexts = new Contexts(around());
            contexts.pick(Optional.of(name));
            contexts.remove(name);
            around().out().println("context " + name + " forgotten");
            return DONE;
        }
    }
}
