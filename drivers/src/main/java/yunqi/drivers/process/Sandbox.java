package yunqi.drivers.process;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;

/**
 * Runs a program on a file that a stranger made: without a network, without the right to write a byte into any file, without gaining rights, and with
 * bounded memory, processor time and open files. Needs no root; it needs a kernel that lets users have namespaces of their own.
 */
public final class Sandbox {
    private static final int FILES = 64; // a program, its libraries one after the other, and the one file
    private static final int XCPU = 128 + 24; // killed for having used up its processor time
    private static final int KILL = 128 + 9;
    private static final int SEGV = 128 + 11;
    private static final int ABRT = 128 + 6;

    /** How much it may take: of memory (as addresses), of processor time, and of time on the wall. */
    public record Bounds(Bytes memory, Duration cpu, Duration longest) {}

    private Sandbox() {}

    /** Runs it to its end. {@code REFUSED} if it broke a bound or broke down; {@code UNAVAILABLE} if there is no sandbox to be had. */
    public static Command.Result run(Bounds bounds, List<String> command) throws EngineException {
        Command.Result result = Command.run(
                bounds.longest(),
                Map.of("LC_ALL", "C", "PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
                line(bounds, command));
        if (result.errors().startsWith("unshare:")) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    "strangers' files cannot be looked into: this machine lets no user have namespaces ("
                            + result.errors().strip() + "); allow it: sysctl user.max_user_namespaces=1000");
        }
        int code = result.exitCode();
        if (code == XCPU || code == KILL) {
            throw refused(command, "needs more than " + bounds.cpu().toSeconds() + " s for it");
        }
        if (code == SEGV || code == ABRT) {
            throw refused(command, "breaks down over it");
        }
        return result;
    }

    /** The command line. Pure. */
    static List<String> line(Bounds bounds, List<String> command) {
        List<String> line = new ArrayList<>(List.of(
                "unshare",
                "--user",
                "--net",
                "--ipc",
                "--uts",
                "--",
                "setpriv",
                "--no-new-privs",
                "--",
                "prlimit",
                "--as=" + bounds.memory().count(),
                "--cpu=" + bounds.cpu().toSeconds(),
                "--fsize=0",
                "--core=0",
                "--nofile=" + FILES,
                "--"));
        line.addAll(command);
        return List.copyOf(line);
    }

    private static EngineException refused(List<String> command, String why) {
        return new EngineException(EngineException.Kind.REFUSED, command.getFirst() + " " + why);
    }
}
