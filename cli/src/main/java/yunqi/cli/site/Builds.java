package yunqi.cli.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which of the builds in {@code ROOT/lib} server and agent run from, and which they ran from before: the file {@code current} names both. The one before is kept, to go back to
 * if the next does not come up.
 */
final class Builds {
    private static final String CURRENT = "current";
    private static final String A_JAR = "yunqi-agent.jar";

    private final Path lib;

    Builds(Root root) {
        this.lib = root.lib();
    }

    /** What a build is called: as the folder with its jars. */
    static String name(Path jars) {
        return String.valueOf(jars.getFileName());
    }

    /** The one in use; of a site that was made before there was such a file the newest. Empty if there is none. */
    Optional<Path> current() throws IOException {
        List<Path> named = named();
        if (!named.isEmpty()) {
            return Optional.of(named.getFirst());
        }
        if (!Files.exists(lib)) {
            return Optional.empty();
        }
        try (Stream<Path> all = Files.list(lib)) {
            return all.filter(folder -> Files.exists(folder.resolve(A_JAR)))
                    .max(Comparator.comparingLong(folder -> folder.toFile().lastModified()));
        }
    }

    /** The one to go back to from this one, if there is one. */
    Optional<Path> before(Path jars) throws IOException {
        Optional<Path> current = current().filter(one -> !one.equals(jars));
        return current.isPresent()
                ? current
                : named().stream().filter(one -> !one.equals(jars)).findFirst();
    }

    /** This one is in use from now on. */
    void use(Path jars) throws IOException {
        List<String> names = new ArrayList<>(List.of(name(jars)));
        before(jars).ifPresent(before -> names.add(name(before)));
        Path fresh = lib.resolve("." + CURRENT);
        Files.writeString(fresh, String.join("\n", names) + "\n");
        Files.move(fresh, lib.resolve(CURRENT), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Removes all but the one in use and the one before it. Only once nothing runs from the others. */
    void tidy() throws IOException {
        List<Path> kept = new ArrayList<>(named());
        kept.add(lib.resolve(CURRENT));
        try (Stream<Path> all = Files.list(lib)) {
            for (Path old : all.filter(path -> !kept.contains(path)).toList()) {
                Libraries.remove(old);
            }
        }
    }

    private List<Path> named() throws IOException {
        Path file = lib.resolve(CURRENT);
        if (!Files.exists(file)) {
            return List.of();
        }
        return Files.readString(file)
                .lines()
                .filter(name -> name.matches("[0-9a-f]{1,64}"))
                .map(lib::resolve)
                .filter(folder -> Files.exists(folder.resolve(A_JAR)))
                .toList();
    }
}
