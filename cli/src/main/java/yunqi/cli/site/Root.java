package yunqi.cli.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import yunqi.cli.api.Trouble;

/** The state root: the one folder in which everything of ours lives. */
record Root(Path folder) {
    /** Where it is unless told otherwise. */
    static final Path USUAL = Path.of("/var/lib/yunqi");

    private static final int LONGEST = 60; // Unix sockets below it have paths of at most 107 characters
    private static final String MARKER = ".yunqi";
    private static final String MARK = "This folder belongs to Yunqi: all of it is removed by 'yunqi purge'.\n";

    Root {
        folder = folder.toAbsolutePath().normalize();
        if (folder.toString().length() > LONGEST) {
            throw Trouble.failed("--root " + folder + " is longer than " + LONGEST
                    + " characters, too long for the sockets below it; choose a shorter one");
        }
        if (folder.getNameCount() < 2) {
            throw Trouble.failed(
                    "--root " + folder + " would be a whole file system; choose a folder, such as " + USUAL);
        }
    }

    Path server() {
        return folder.resolve("server");
    }

    Path serverConfig() {
        return server().resolve("server.json");
    }

    Path token() {
        return server().resolve("operator-token");
    }

    Path authority() {
        return server().resolve("ca/ca.crt");
    }

    Path agent() {
        return folder.resolve("agent");
    }

    Path agentConfig() {
        return agent().resolve("agent.json");
    }

    Path run() {
        return folder.resolve("run");
    }

    Path log() {
        return folder.resolve("log");
    }

    Path lib() {
        return folder.resolve("lib");
    }

    /** Written when the sample instances ran: later runs leave them to the user. */
    Path proven() {
        return folder.resolve("proven");
    }

    private Path mark() {
        return folder.resolve(MARKER);
    }

    /** True of a folder that is somebody's state root. */
    static boolean marked(Path folder) {
        return Files.exists(folder.resolve(MARKER));
    }

    /** True if it was made by us. */
    boolean ours() {
        return marked(folder);
    }

    /** True once something was started from it; a first {@code up} that was refused leaves no more than a log. */
    boolean used() {
        return Files.exists(serverConfig()) || Files.exists(agentConfig());
    }

    /** Refuses a folder that holds something and was not made by us: purge would remove it. */
    void checkOurs() {
        try (Stream<Path> inside = Files.exists(folder) ? Files.list(folder) : Stream.empty()) {
            if (!ours() && inside.findFirst().isPresent()) {
                throw Trouble.failed(
                        folder + " holds something that is not Yunqi's; empty it or choose another --root");
            }
        } catch (IOException e) {
            throw Trouble.failed(folder + " cannot be read (" + e.getClass().getSimpleName()
                    + "); run this as the user who made it");
        }
    }

    /** Makes the folders. {@code shared}: server and agent are different users and both write into run and log. */
    void make(boolean shared) throws IOException {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(mark(), MARK);
        for (Path inside : new Path[] {server(), agent(), run(), log(), lib()}) {
            Files.createDirectories(inside);
        }
        Files.setPosixFilePermissions(server(), PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(agent(), PosixFilePermissions.fromString("rwx--x--x"));
        if (shared) {
            // Sticky: each may make files there, and neither may replace the other's.
            for (Path inside : new Path[] {run(), log()}) {
                must(Shell.run("chown", "root:" + Account.NAME, inside.toString()));
                must(Shell.run("chmod", "1775", inside.toString()));
            }
            // With what an earlier run as another user may have left in it.
            must(Shell.run("chown", "-Rh", Account.NAME + ":" + Account.NAME, server().toString()));
        }
    }

    private static void must(Shell.Result result) {
        if (!result.good()) {
            throw Trouble.failed("the state root cannot be set up: " + result.lastLine());
        }
    }
}
