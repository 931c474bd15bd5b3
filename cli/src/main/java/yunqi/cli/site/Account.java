package yunqi.cli.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import yunqi.cli.api.Trouble;

/** Who we are on this machine, and the system user that the server runs as. */
final class Account {
    static final String NAME = "yunqi";

    private static final String HOME = "/nonexistent";
    private static final String SHELL = "/usr/sbin/nologin";
    private static final int DEPTH = 6; // folders; a state root is hardly deeper than five
    private static final int FIND_SECONDS = 60; // a few seconds on a full machine
    private static final List<String> NOT_HERE =
            List.of("proc", "sysfs", "cgroup", "cgroup2", "devtmpfs", "devpts", "nfs", "nfs4", "cifs");

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
                "useradd", "--system", "--user-group", "--no-create-home", "--home-dir", HOME, "--shell", SHELL, NAME);
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

    /** Removes the user, unless it is somebody else's or another state root needs it; why it stays then, else empty. */
    static String remove() {
        String entry = Shell.run("getent", "passwd", NAME).output().strip();
        if (!entry.endsWith(":" + HOME + ":" + SHELL)) {
            return entry.isEmpty() ? "" : "it was not made by Yunqi";
        }
        String other = otherRoot(entry.split(":", -1)[2]);
        if (!other.isEmpty()) {
            return other;
        }
        Shell.Result removed = Shell.run("userdel", NAME);
        return removed.good() ? "" : removed.lastLine();
    }

    /** Says of a state root whose server is that user's. Looks everywhere but in what is not on a disk of this machine. */
    private static String otherRoot(String uid) {
        List<String> command = new ArrayList<>(List.of("find", "/", "-maxdepth", Integer.toString(DEPTH), "("));
        for (String type : NOT_HERE) {
            command.addAll(List.of("-fstype", type, "-o"));
        }
        command.addAll(List.of("-false", ")", "-prune", "-o", "-type", "d", "-name", "server", "-uid", uid, "-print"));
        Shell.Result found = Shell.run(FIND_SECONDS, Map.of("LC_ALL", "C"), command);
        if (found.code() > 1) { // 1 is no more than a folder that went away meanwhile
            return "it cannot be seen whether something else of this machine is its";
        }
        return found.output()
                .lines()
                .filter(line -> line.startsWith("/"))
                .flatMap(line -> Optional.ofNullable(Path.of(line).getParent()).stream())
                .filter(Root::marked)
                .map(folder -> "it runs the cloud in " + folder)
                .findFirst()
                .orElse("");
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
