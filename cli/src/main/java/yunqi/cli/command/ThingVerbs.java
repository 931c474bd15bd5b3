package yunqi.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.argument.Waits;
import yunqi.cli.show.Await;
import yunqi.cli.show.Printer;
import yunqi.core.base.Labels;
import yunqi.core.project.Project;
import yunqi.core.wire.Kind;

/** What can be done with things of every kind alike. */
final class ThingVerbs {
    private ThingVerbs() {}

    /** A command on things of one kind. */
    abstract static class OfKind extends Verb {
        private final Kind kind;

        OfKind(Surroundings around, Kind kind) {
            super(around);
            this.kind = kind;
        }

        final Kind kind() {
            return kind;
        }

        @Override
        boolean scoped() {
            return kind.scoped();
        }

        @Override
        String usualProject() {
            return kind == Kind.IMAGE ? Project.LIBRARY.value() : super.usualProject();
        }
    }

    @Command(name = "list", description = "List them.")
    static final class ListAll extends OfKind {
        @Option(
                names = {"-l", "--label"},
                paramLabel = "KEY=VALUE",
                description = "only those with this label; may be repeated")
        private SortedMap<String, String> labels = new TreeMap<>();

        ListAll(Surroundings around, Kind kind) {
            super(around, kind);
        }

        @Override
        int run() {
            TreeMap<String, String> query = new TreeMap<>();
            if (!labels.isEmpty()) {
                StringBuilder selector = new StringBuilder();
                Labels.of(labels)
                        .pairs()
                        .forEach((key, value) -> selector.append(selector.isEmpty() ? "" : ",")
                                .append(key)
                                .append('=')
                                .append(value));
                query.put("labels", selector.toString());
            }
            try (Api api = api()) {
                printer().list(kind(), api.list(path(kind()), query));
            }
            return DONE;
        }
    }

    @Command(name = "show", description = "Show one: what is wished of it, and how it is.")
    static final class Show extends OfKind {
        @Parameters(paramLabel = "NAME", description = "which one")
        private String name = "";

        Show(Surroundings around, Kind kind) {
            super(around, kind);
        }

        @Override
        int run() {
            try (Api api = api()) {
                printer().one(api.get(path(kind(), name)));
                if (format() == Printer.Format.TABLE) {
                    api.find(path(kind(), name) + "/events").ifPresent(printer()::story);
                }
            }
            return DONE;
        }
    }

    @Command(name = "delete", description = "Delete them; what belongs to them alone goes too.")
    static final class Delete extends OfKind {
        @Parameters(arity = "1..*", paramLabel = "NAME", description = "which ones")
        private List<String> names = List.of();

        @Mixin
        private Waits waits = new Waits();

        Delete(Surroundings around, Kind kind) {
            super(around, kind);
        }

        @Override
        int run() throws InterruptedException {
            try (Api api = api()) {
                boolean complete = true;
                List<String> asked = new ArrayList<>();
                for (String name : names) {
                    Optional<String> missing = api.delete(path(kind(), name));
                    if (missing.isEmpty()) {
                        waits.limit().ifPresentOrElse(_ -> asked.add(name), () -> say(name, "will be deleted"));
                    } else {
                        complete = false;
                        around().err().println("yunqi: " + missing.get());
                    }
                }
                for (String name : asked) {
                    new Await(api, around())
                            .gone(path(kind(), name), waits.limit().orElse(Waits.USUAL));
                    say(name, "is deleted");
                }
                return complete ? DONE : Trouble.FAILED;
            }
        }

        private void say(String name, String what) {
            if (format() == Printer.Format.TABLE) {
                around().out().println(kind().word() + " " + name + " " + what);
            } else {
                ObjectNode said = Json.object();
                printer().raw(said.put("kind", kind().word()).put("name", name).put("deleted", true));
            }
        }
    }
}
