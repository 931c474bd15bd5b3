package yunqi.cli.site;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import yunqi.cli.api.Trouble;
import yunqi.core.base.Bytes;

/** What must hold before anything is started. Each that doesn't is one sentence and what to do. */
final class Checks {
    private static final Bytes ROOM = Bytes.gibibytes(4); // packages, images, the samples' disks, and air
    private static final Bytes ROOM_SIMULATED = Bytes.gibibytes(1);
    private static final Bytes ROOM_AGAIN =
            Bytes.mebibytes(512); // everything is there already; logs and the database grow
    private static final Bytes MEMORY = Bytes.mebibytes(1536);
    private static final Bytes MEMORY_SIMULATED = Bytes.mebibytes(512);

    private Checks() {}

    static void machine() {
        if (!System.getProperty("os.name", "").equals("Linux")) {
            throw Trouble.failed("Yunqi runs on Linux; this is " + System.getProperty("os.name")
                    + "\n  from here, 'yunqi context add' reaches one that runs elsewhere");
        }
        String architecture = System.getProperty("os.arch", "");
        if (!architecture.equals("amd64")) {
            throw Trouble.failed("hosts are amd64 so far; this machine is " + architecture);
        }
    }

    /** The server runs as another user, who must be able to run this JDK. */
    static void jdk(Path jdk) {
        String closed = Account.closedTo(jdk);
        if (!closed.isEmpty()) {
            throw Trouble.failed("the server's user cannot enter " + closed + ", where the JDK is (" + jdk
                    + ")\n  install a JDK 25 where all may use it, such as /usr/lib/jvm, and set JAVA_HOME to it");
        }
    }

    static void room(Path folder, boolean simulated, boolean again) {
        Bytes needed = again ? ROOM_AGAIN : simulated ? ROOM_SIMULATED : ROOM;
        Path there = folder;
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        try {
            Bytes free = new Bytes(Files.getFileStore(there).getUsableSpace());
            if (free.compareTo(needed) < 0) {
                throw Trouble.failed("no room: " + there + " has " + free.toMebibytes() + " MiB free, and "
                        + needed.toMebibytes() + " MiB are needed\n  free some, or choose another place by --root");
            }
        } catch (IOException e) {
            throw Trouble.failed(there + " cannot be looked at (" + e.getMessage() + ")");
        }
    }

    static void memory(boolean simulated) {
        Bytes needed = simulated ? MEMORY_SIMULATED : MEMORY;
        try {
            Matcher available =
                    Pattern.compile("MemAvailable:\\s+([0-9]+) kB").matcher(Files.readString(Path.of("/proc/meminfo")));
            if (available.find() && Long.parseLong(available.group(1)) * 1024 < needed.count()) {
                throw Trouble.failed(
                        "too little memory: " + Long.parseLong(available.group(1)) / 1024 + " MiB are free, and "
                                + needed.toMebibytes() + " MiB are needed; end something, or take a larger machine");
            }
        } catch (IOException e) {
            throw Trouble.failed("/proc/meminfo cannot be read; is /proc mounted?");
        }
    }

    static void ports(Map<String, Integer> ports) {
        for (Map.Entry<String, Integer> port : ports.entrySet()) {
            if (!free(port.getValue())) {
                throw Trouble.failed("port " + port.getValue() + " (" + port.getKey() + ") is taken"
                        + holder(port.getValue()) + "\n  end that, or choose other ports: --port-base 17443, or --port "
                        + port.getKey() + "=NUMBER");
            }
        }
    }

    private static boolean free(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            // As servers do: connections of an earlier one that linger do not count.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[4]), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static String holder(int port) {
        Matcher process = Pattern.compile("users:\\(\\(\"([^\"]+)\",pid=([0-9]+)")
                .matcher(Shell.run("ss", "-Hltnp", "sport = :" + port).output());
        return process.find()
                ? " by " + process.group(1) + " (process " + process.group(2) + ")"
                : " by another process";
    }
}
