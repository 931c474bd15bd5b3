package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.image.ImageBuild;
import yunqi.cli.image.Recipes;
import yunqi.cli.show.Printer;
import yunqi.cli.show.Progress;
import yunqi.core.base.Name;
import yunqi.core.project.Project;

/** {@code yunqi image build}. */
@Command(name = "build", description = "Build an image from its recipe and push it to the registry.")
final class ImageBuildVerb extends Verb {
    @Parameters(paramLabel = "NAME", description = "which recipe; also the image's name")
    private String name = "";

    @Option(
            names = "--recipe",
            paramLabel = "FOLDER",
            description = "a recipe of yours: a folder with an executable 'build OUT'")
    private Optional<Path> recipe = Optional.empty();

    @Option(
            names = "--built",
            paramLabel = "FOLDER",
            description = "don't build: push what 'build' put into this folder before, perhaps on another machine")
    private Optional<Path> built = Optional.empty();

    ImageBuildVerb(Surroundings around) {
        super(around);
    }

    @Override
    boolean scoped() {
        return true;
    }

    @Override
    String usualProject() {
        return Project.LIBRARY.value();
    }

    @Override
    int run() throws InterruptedException {
        Name image = new Name(name);
        if (built.isPresent() && recipe.isPresent()) {
            throw Trouble.usage("give --recipe or --built, not both");
        }
        Path folder = built.or(() -> recipe).orElseGet(() -> new Recipes(around()).folder(image));
        String needed = built.isPresent() ? "image.json" : "build";
        if (!Files.exists(folder.resolve(needed))) {
            throw Trouble.failed("there is no " + folder.resolve(needed));
        }
        JsonNode made;
        try (Api api = api();
                Progress progress = new Progress(around())) {
            ImageBuild build = new ImageBuild(around(), api, progress);
            made = built.isPresent()
                    ? build.push(image.value(), folder, project())
                    : build.run(image.value(), folder, project());
        }
        if (format() == Printer.Format.TABLE) {
            around().out()
                    .println("image " + image + " is in project " + project() + ", "
                            + made.at("/spec/digest").asText());
        } else {
            printer().raw(made);
        }
        return DONE;
    }
}
