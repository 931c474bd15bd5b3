package yunqi.trials.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import yunqi.core.wire.Digests;

/**
 * Images that a lab uses and cannot build itself: its namespace has no way to the packages that they are made from. They are built here, outside of it,
 * once per state of their recipe, and kept in the cache folder of the user who runs the tests.
 */
public final class Built {
    private static final Duration BUILD = Duration.ofMinutes(20); // two hundred packages over a slow line

    private Built() {}

    /** What the recipe of this name makes, for {@code yunqi image build NAME --built FOLDER}. */
    public static Path image(String name) throws IOException {
        Path recipe = Cloud.home().resolve("images").resolve(name);
        Path all = cache().resolve("built");
        Path built = all.resolve(name + "." + state(recipe).substring(0, 12));
        if (!Files.exists(built)) {
            Files.createDirectories(all);
            forget(all, name + ".");
            Path making = Files.createTempDirectory(all, name + ".making-");
            Run.of(BUILD, Map.of(), List.of(recipe.resolve("build").toString(), making.toString()))
                    .mustSucceed();
            Files.move(making, built, StandardCopyOption.ATOMIC_MOVE);
        }
        return built;
    }

    /** Brings what {@code tiny} is made from into the cache, so that a lab can build it. */
    static void fetchTiny() {
        Run.of(
                        BUILD,
                        Map.of(),
                        List.of(Cloud.home().resolve("images/tiny/fetch").toString()))
                .mustSucceed();
    }

    /** Where the recipes keep what they download, too. */
    private static Path cache() {
        return Optional.ofNullable(System.getenv("YUNQI_CACHE"))
                .map(Path::of)
                .or(() -> Optional.ofNullable(System.getenv("XDG_CACHE_HOME")).map(home -> Path.of(home, "yunqi")))
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache", "yunqi"));
    }

    private static String state(Path recipe) throws IOException {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.walk(recipe)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                text.append(recipe.relativize(file))
                        .append('\0')
                        .append(Files.readString(file, StandardCharsets.UTF_8));
            }
        }
        return Digests.of(text.toString());
    }

    /** Removes what an older recipe made, and what a build that was killed left. */
    private static void forget(Path all, String prefix) throws IOException {
        try (Stream<Path> entries = Files.list(all)) {
            for (Path entry : entries.filter(
                            path -> path.getFileName().toString().startsWith(prefix))
                    .toList()) {
                Run.of(BUILD, Map.of(), List.of("rm", "-rf", "--one-file-system", entry.toString()))
                        .mustSucceed();
            }
        }
    }
}
