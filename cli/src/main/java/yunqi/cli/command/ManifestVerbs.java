package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import yunqi.cli.api.Api;
import yunqi.cli.api.Json;
import yunqi.cli.api.Problem;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.argument.Waits;
import yunqi.cli.image.Recipes;
import yunqi.cli.manifest.Batches;
import yunqi.cli.manifest.Difference;
import yunqi.cli.manifest.Document;
import yunqi.cli.manifest.Manifest;
import yunqi.cli.show.Await;
import yunqi.cli.show.Printer;
import yunqi.core.wire.Kind;

/** {@code apply}, {@code diff} and {@code delete} of manifests. */
final class ManifestVerbs {
    private static final Duration EMPTYING = Duration.ofMinutes(2); // a guest may take its full grace to end

    private ManifestVerbs() {}

    /** Reads the files that are named. */
    abstract static class OfFile extends Verb {
        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description = "a manifest; - for the input; may be repeated")
        private List<String> files = List.of();

        private final ArrayNode said = Json.array();

        OfFile(Surroundings around) {
            super(around);
        }

        @Override
        boolean scoped() {
            return true;
        }

        final List<Document> documents() {
            List<Document> all = new ArrayList<>();
            for (String file : files) {
                all.addAll(Manifest.read(file.equals("-") ? "input" : file, text(file), project()));
            }
            all.sort(Comparator.comparing(Document::kind));
            return all;
        }

        private String text(String file) {
            try {
                return file.equals("-")
                        ? new String(around().in().readAllBytes(), StandardCharsets.UTF_8)
                        : Files.readString(Path.of(file));
            } catch (IOException e) {
                throw Trouble.failed(file + " cannot be read (" + e.getClass().getSimpleName() + ")");
            }
        }

        /** Reports one document, now as a line or at the end as part of a list. */
        final void say(Document document, String result, List<String> details) {
            if (format() == Printer.Format.TABLE) {
                around().out().println(document.title() + " " + result);
                details.forEach(line -> around().out().println("  " + line));
                return;
            }
            ObjectNode entry = said.addObject();
            entry.put("kind", document.kind().word())
                    .put("name", document.name().value());
            if (document.kind().scoped()) {
                entry.put("project", document.project());
            }
            entry.put("result", result);
            details.forEach(entry.putArray("differences")::add);
        }

        final void finish() {
            if (format() != Printer.Format.TABLE) {
                printer().raw(said);
            }
        }

        /** What is there of this document, as a body of a {@code PUT}; and how ours differs from it. */
        static List<String> differences(JsonNode item, Document document) {
            ObjectNode present = Json.object();
            present.set("labels", item.path("labels"));
            present.set("spec", item.path("spec"));
            return Difference.between(present, document.body((ObjectNode) item.path("spec")));
        }
    }

    @Command(
            name = "apply",
            description = "Make it so: create and change what the manifest says. What it doesn't name stays.",
            footer = {"", "yunqi apply -f examples/two-tier.yaml --wait"})
    static final class Apply extends OfFile {
        private static final int CREATED = 201;

        @Mixin
        private Waits waits = new Waits();

        Apply(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws InterruptedException {
            List<Document> documents = documents();
            try (Api api = api()) {
                for (List<Document> together : Batches.of(documents)) {
                    for (Document document : create(api, together)) {
                        apply(api, document);
                    }
                }
                if (waits.limit().isPresent()) {
                    for (Document document : documents) {
                        if (document.kind() == Kind.INSTANCE) {
                            new Await(api, around())
                                    .instance(document.path(), waits.limit().get());
                        }
                    }
                }
            }
            finish();
            return DONE;
        }

        /** Makes those of many that are not there yet by one request. Gives back what is left: all of few, or where the server is of a release that makes things one by one. */
        private List<Document> create(Api api, List<Document> together) {
            if (together.size() < Batches.MANY) {
                return together;
            }
            Document first = together.getFirst();
            Optional<JsonNode> answer = api.createMany(first.kind().path(first.project()), Batches.body(together));
            if (answer.isEmpty()) {
                return together;
            }
            List<Document> left = new ArrayList<>();
            List<Trouble> refused = new ArrayList<>();
            for (int i = 0; i < together.size(); i++) {
                Document document = together.get(i);
                JsonNode result = answer.get().path("results").path(i);
                JsonNode problem = result.path("problem");
                if (result.path("status").asInt() == CREATED) {
                    say(document, "created", List.of());
                } else if (problem.path("code").asText("").equals("name-taken")) {
                    left.add(document);
                } else {
                    refused.add(refused(
                            document,
                            Trouble.failed(Problem.words(result.path("status").asInt(), problem))));
                }
            }
            if (!refused.isEmpty()) {
                throw refused.getFirst();
            }
            return left;
        }

        private Trouble refused(Document document, Trouble why) {
            Trouble told = new Recipes(around())
                    .advise(why, document.given().path("image").asText(""));
            return Trouble.failed(document.source() + ": " + document.title() + ": " + told.getMessage());
        }

        private void apply(Api api, Document document) {
            try {
                Optional<JsonNode> present = api.find(document.path());
                if (present.isEmpty()) {
                    api.put(document.path(), document.body(Json.object()), Map.of());
                    say(document, "created", List.of());
                    return;
                }
                List<String> differences = differences(present.get(), document);
                if (differences.isEmpty()) {
                    say(document, "unchanged", List.of());
                    return;
                }
                api.put(
                        document.path(),
                        document.body((ObjectNode) present.get().path("spec")),
                        Map.of());
                say(document, "changed", differences);
            } catch (Trouble refused) {
                throw refused(document, refused);
            }
        }
    }

    @Command(name = "diff", description = "Say what apply would do; ends with 1 if there is something.")
    static final class Diff extends OfFile {
        Diff(Surroundings around) {
            super(around);
        }

        @Override
        int run() {
            boolean same = true;
            try (Api api = api()) {
                for (Document document : documents()) {
                    Optional<JsonNode> present = api.find(document.path());
                    List<String> differences =
                            present.map(item -> differences(item, document)).orElse(List.of());
                    if (present.isEmpty()) {
                        say(document, "would be created", List.of());
                    } else if (differences.isEmpty()) {
                        say(document, "would stay", List.of());
                    } else {
                        say(document, "would change", differences);
                    }
                    same &= present.isPresent() && differences.isEmpty();
                }
            }
            finish();
            return same ? DONE : Trouble.FAILED;
        }
    }

    @Command(name = "delete", description = "Delete what the manifest names.")
    static final class Delete extends OfFile {
        @Mixin
        private Waits waits = new Waits();

        Delete(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws InterruptedException {
            List<Document> documents = documents().reversed();
            try (Api api = api()) {
                Await await = new Await(api, around());
                boolean emptied = true;
                List<Document> leaving = new ArrayList<>();
                for (Document document : documents) {
                    if (document.kind() == Kind.INSTANCE) {
                        emptied = false;
                    } else if (!emptied) {
                        // What instances use can only go after them.
                        for (Document instance : leaving) {
                            await.gone(instance.path(), waits.limit().orElse(EMPTYING));
                        }
                        emptied = true;
                    }
                    say(
                            document,
                            api.delete(document.path()).isEmpty() ? "will be deleted" : "was not there",
                            List.of());
                    leaving.add(document);
                }
                for (Document document : leaving) {
                    if (waits.limit().isPresent()) {
                        await.gone(document.path(), waits.limit().get());
                    }
                }
            }
            finish();
            return DONE;
        }
    }
}
