package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.image.ImageBuild;
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
        Path recipes = around().programFolder().resolve("images");
        String image = new Name(name).value();
        Path folder = recipe.orElse(recipes.resolve(image));
        if (!Files.isExecutable(folder.resolve("build"))) {
            List<String> known = ImageBuild.recipes(recipes);
            throw Trouble.failed("no recipe " + folder.resolve("build") + "; known are "
                    + (known.isEmpty() ? "none" : String.join(", ", known)));
        }
        JsonNode made;
        try (Api api = api();
                Progress progress = new Progress(around())) {
            made = new ImageBuild(around(), api, progress).run(image, folder, project());
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
