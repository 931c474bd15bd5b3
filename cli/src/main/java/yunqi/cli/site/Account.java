package yunqi.cli.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import yunqi.cli.api.Trouble;

/** Who we are on this machine, and the system user that the server runs as. */
final class Account {
    static final String NAME = "yunqi";

    private Account() {}

    static boolean root() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    static void checkRoot(String verb) {
        if (!root()) {
            throw Trouble.failed("'yunqi " + verb
                    + "' needs root: it sets up networks and runs virtual machines; try 'sudo ./yunqi " + verb
                    + "'\n  without root, 'yunqi up --simulated 10' gives the same server with pretended hosts");
        }
    }

    /** Makes the user unless it is there; true if it was made. */
    static boolean make() {
        if (Shell.run("id", "-u", NAME).good()) {
            return false;
        }
        Shell.Result made = Shell.run(
                "useradd",
                "--system",
                "--user-group",
                "--no-create-home",
                "--home-dir",
                "/nonexistent",
                "--shell",
                "/usr/sbin/nologin",
                NAME);
        if (!made.good()) {
            throw Trouble.failed("the system user '" + NAME + "' cannot be made: " + made.lastLine());
        }
        return true;
    }

    /** True if this folder is that user's: what is in it was started as that user. */
    static boolean owns(Path folder) {
        try {
            return Files.getOwner(folder).getName().equals(NAME);
        } catch (IOException e) {
            return false;
        }
    }

    static void remove() {
        Shell.run("userdel", NAME);
    }

    /** What runs a command as that user, with nothing of root's left. */
    static List<String> prefix() {
        return List.of("setpriv", "--reuid", NAME, "--regid", NAME, "--clear-groups");
    }

    /** The first folder on the way to this path that other users may not enter; empty if they may enter all. */
    static String closedTo(Path path) {
        for (Path at = path; at != null; at = at.getParent()) {
            try {
                Path real = at.toRealPath();
                for (Path step = real; step != null; step = step.getParent()) {
                    if (Files.isDirectory(step)
                            && !Files.getPosixFilePermissions(step)
                                    .contains(java.nio.file.attribute.PosixFilePermission.OTHERS_EXECUTE)) {
                        return step.toString();
                    }
                }
                return "";
            } catch (IOException e) {
                return at.toString();
            }
        }
        return "";
    }
}
