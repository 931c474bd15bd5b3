package yunqi.trials.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A copy of what was built, as a download is: any user may run it, and a test may change what is in it. */
record Program(Path folder) {
    private static final Duration QUICK = Duration.ofSeconds(60);
    private static final String NOBODY = "65534";

    /** Makes it; only the folders that lead to it must be open to others. */
    static Program in(Path folder) {
        List<String> copy = new ArrayList<>(List.of("cp", "-a"));
        for (String part : List.of("yunqi", "libexec", "dist", "packages.txt", "images")) {
            copy.add(Cloud.home().resolve(part).toString());
        }
        copy.add(folder.toString());
        Run.of(QUICK, Map.of(), copy).mustSucceed();
        Run.of(QUICK, Map.of(), List.of("chmod", "-R", "a+rX", folder.toString()))
                .mustSucceed();
        return new Program(folder);
    }

    void replace(String file, String text) {
        try {
            Files.writeString(folder.resolve(file), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A command line of it. */
    List<String> command(String... words) {
        List<String> command = new ArrayList<>(List.of(folder.resolve("yunqi").toString()));
        command.addAll(List.of(words));
        return command;
    }

    /** Runs it as nobody, who has no more than a home. */
    Run asNobody(Path home, String... words) {
        List<String> command =
                new ArrayList<>(List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "--"));
        command.addAll(command(words));
        Map<String, String> environment = new TreeMap<>();
        environment.put("HOME", home.toString());
        environment.put("YUNQI_CONFIG", home.resolve("cli.json").toString());
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        return Run.of(Cloud.PATIENCE, environment, command);
    }

    /** A home for nobody, in a folder that others may pass. */
    static Path homeOfNobody(Path folder) throws IOException {
        Files.setPosixFilePermissions(folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        Path home = Files.createDirectories(folder.resolve("home"));
        Run.of(QUICK, Map.of(), List.of("chown", NOBODY + ":" + NOBODY, home.toString()))
                .mustSucceed();
        return home;
    }
}
