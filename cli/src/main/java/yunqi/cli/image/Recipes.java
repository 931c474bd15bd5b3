package yunqi.cli.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.core.base.BadValue;
import yunqi.core.base.Name;
import yunqi.core.base.Spelling;

/** The recipes that come with the program: a folder each, with an executable {@code build OUT}. An image that has one may not be built yet. */
public final class Recipes {
    private final Path folder;

    public Recipes(Surroundings around) {
        this.folder = around.programFolder().resolve("images");
    }

    public List<Name> names() {
        try (var found = Files.list(folder)) {
            return found.filter(recipe -> Files.isExecutable(recipe.resolve("build")))
                    .map(recipe -> new Name(recipe.getFileName().toString()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The folder of a recipe. {@link Trouble} with what was probably meant if there is none of that name. */
    public Path folder(Name name) {
        List<Name> known = names();
        if (!known.contains(name)) {
            throw Trouble.failed("there is no recipe '" + name + "'"
                    + Spelling.closest(name, known)
                            .map(near -> "; did you mean '" + near + "'?")
                            .orElse("")
                    + "\n  known are "
                    + (known.isEmpty()
                            ? "none"
                            : String.join(", ", known.stream().map(Name::value).toList())));
        }
        return folder.resolve(name.value());
    }

    /** The same refusal of an image that the server does not know; with the command that makes it, if there is a recipe of that name or nearly that name. */
    public Trouble advise(Trouble refused, String image) {
        return advice(refused, image).map(refused::and).orElse(refused);
    }

    private Optional<String> advice(Trouble refused, String image) {
        if (!refused.code().equals("unknown-image")) {
            return Optional.empty();
        }
        Name wanted;
        try {
            wanted = new Name(image);
        } catch (BadValue e) {
            return Optional.empty();
        }
        List<Name> known = names();
        if (known.contains(wanted)) {
            return Optional.of("it can be built: 'yunqi image build " + wanted + "'");
        }
        // Where the server has found a name that is near, the recipe of that name is built already.
        return String.valueOf(refused.getMessage()).contains("did you mean")
                ? Optional.empty()
                : Spelling.closest(wanted, known)
                        .map(near -> "did you mean '" + near + "'? It can be built: 'yunqi image build " + near + "'");
    }
}
