package yunqi.cli.command;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;
import yunqi.cli.api.Api;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Surroundings;
import yunqi.cli.show.Printer;
import yunqi.core.base.Name;
import yunqi.core.project.Project;
import yunqi.core.wire.Kind;

/** What every command has: the options that all share, and how it gets at the API. */
abstract class Verb implements Callable<Integer> {
    static final int DONE = 0;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table, json (as the API returns it) or yaml")
    private Printer.Format format = Printer.Format.TABLE;

    @Option(names = "--context", paramLabel = "NAME", description = "which cloud; 'yunqi context' lists those known")
    private Optional<String> context = Optional.empty();

    // Only commands on things of a project have --project; Tree adds it to those.
    private Optional<String> project = Optional.empty();

    private final Surroundings around;

    Verb(Surroundings around) {
        this.around = around;
    }

    /** True if the command takes {@code --project}. */
    boolean scoped() {
        return false;
    }

    @Override
    public final Integer call() throws IOException, InterruptedException {
        return run();
    }

    /** Does it; the exit code. */
    abstract int run() throws IOException, InterruptedException;

    final Surroundings around() {
        return around;
    }

    /** The API of the server that is meant. The caller closes it. */
    final Api api() {
        return new Api(new Contexts(around).pick(context), around.ahead());
    }

    final Optional<String> context() {
        return context;
    }

    final Printer printer() {
        return new Printer(around, format);
    }

    final Printer.Format format() {
        return format;
    }

    final void project(String name) {
        project = Optional.of(new Name(name).value());
    }

    /** {@code --project}, else {@code YUNQI_PROJECT}, else the usual one. */
    final String project() {
        return project.or(() -> around.env("YUNQI_PROJECT")).orElse(usualProject());
    }

    /** The project that is meant where none is named. */
    String usualProject() {
        return Project.DEFAULT.value();
    }

    final String path(Kind kind) {
        return kind.path(project());
    }

    final String path(Kind kind, String name) {
        return kind.path(project()) + "/" + Api.segment(name);
    }
}
