package yunqi.trials.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Size is a signal: what grows past these limits is doing a second thing. An exception is a line here, with its reason. */
class SizesTest {
    private static final int FILE_LINES = 400;
    private static final int PACKAGE_FILES = 25;

    /** Files that may be longer, and why. */
    private static final Map<String, String> LONG_FILES = Map.of();

    /** Packages that may hold more files, and why. */
    private static final Map<String, String> LARGE_PACKAGES = Map.of(
            "server/src/main/java/yunqi/server/store",
            "both bodies of the store live beside the records that they share, none of which anybody else may see");

    private static Path home() {
        return Path.of(System.getProperty("yunqi.home", ".."));
    }

    private static List<Path> sources() throws IOException {
        List<Path> found = new ArrayList<>();
        for (String module : List.of("core", "drivers", "server", "agent", "cli", "trials")) {
            try (Stream<Path> files = Files.walk(home().resolve(module).resolve("src"))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(found::add);
            }
        }
        return found;
    }

    @Test
    void filesStaySmall() throws IOException {
        List<String> tooLong = new ArrayList<>();
        List<Path> sources = sources();
        for (Path file : sources) {
            long lines = Files.readString(file).lines().count();
            String name = home().relativize(file).toString();
            if (lines > FILE_LINES && !LONG_FILES.containsKey(name)) {
                tooLong.add(name + " has " + lines + " lines");
            }
        }
        assertThat(sources).as("source files read").hasSizeGreaterThan(50);
        assertThat(tooLong)
                .as("files past " + FILE_LINES + " lines: what is the second thing each is doing?")
                .isEmpty();
    }

    @Test
    void packagesStaySmall() throws IOException {
        Map<Path, Integer> files = new TreeMap<>();
        for (Path file : sources()) {
            files.merge(file.getParent(), 1, Integer::sum);
        }
        List<String> tooLarge = new ArrayList<>();
        files.forEach((folder, count) -> {
            String name = home().relativize(folder).toString();
            if (count > PACKAGE_FILES && !LARGE_PACKAGES.containsKey(name)) {
                tooLarge.add(name + " has " + count + " files");
            }
        });
        assertThat(tooLarge).as("packages past " + PACKAGE_FILES + " files").isEmpty();
    }

    @Test
    void everyPackageSaysWhatItIsFor() throws IOException {
        List<String> silent = new ArrayList<>();
        for (Path file : sources()) {
            if (file.toString().contains("/src/main/") && !Files.exists(file.resolveSibling("package-info.java"))) {
                silent.add(home().relativize(file.getParent()).toString());
            }
        }
        assertThat(silent.stream().distinct().toList())
                .as("packages without package-info.java")
                .isEmpty();
    }
}
