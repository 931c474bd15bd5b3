package yunqi.cli.site;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import yunqi.core.wire.Digests;

/**
 * The jars that server and agent run from, copied into the state root: the server's user may not be able to read the checkout, and a build must not
 * change the files under a running process. One folder for each build, named by what is in it.
 */
final class Libraries {
    private static final int NAME_LENGTH = 12;

    private Libraries() {}

    /** The folder with today's jars, made if it isn't there. */
    static Path install(Path dist, Path lib) throws IOException {
        Path target = lib.resolve(name(dist));
        if (Files.exists(target)) {
            return target;
        }
        Path fresh = lib.resolve(".new");
        remove(fresh);
        Files.createDirectories(fresh);
        for (Path jar : jars(dist)) {
            Files.copy(jar, fresh.resolve(jar.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
        }
        Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
        return target;
    }

    private static List<Path> jars(Path dist) throws IOException {
        try (Stream<Path> all = Files.list(dist)) {
            return all.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        }
    }

    private static String name(Path dist) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Path jar : jars(dist)) {
            text.append(jar.getFileName())
                    .append(' ')
                    .append(Files.size(jar))
                    .append(' ')
                    .append(Files.getLastModifiedTime(jar).toMillis())
                    .append('\n');
        }
        return Digests.of(text.toString().getBytes(StandardCharsets.UTF_8)).substring(0, NAME_LENGTH);
    }

    /** Removes a folder with everything in it; follows no links. */
    static void remove(Path folder) throws IOException {
        if (!Files.exists(folder, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException fault) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
