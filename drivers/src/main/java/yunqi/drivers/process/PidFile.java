package yunqi.drivers.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a pid file says: which process, when it started (clock ticks since boot), in which boot. */
record PidFile(long pid, long start, String boot) {
    private static final int SIZE_LIMIT = 200; // two numbers and a boot id; anything longer is not ours

    static Optional<PidFile> read(Path path) {
        try {
            if (!Files.isRegularFile(path) || Files.size(path) > SIZE_LIMIT) {
                return Optional.empty();
            }
            List<String> lines = Files.readAllLines(path);
            String[] words = lines.isEmpty() ? new String[0] : lines.getFirst().split(" ", -1);
            if (words.length != 2) {
                return Optional.empty();
            }
            String boot = lines.size() > 1 ? lines.get(1) : "";
            return Optional.of(new PidFile(Long.parseLong(words[0]), Long.parseLong(words[1]), boot));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** False for a file that an earlier boot of this machine left behind. */
    boolean sameBoot() {
        try {
            return boot.isEmpty()
                    || Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                            .strip()
                            .equals(boot);
        } catch (IOException e) {
            return true;
        }
    }

    /** True if this very process is there and is more than a zombie. */
    boolean alive() {
        return sameBoot()
                && Stat.of(pid)
                        .filter(stat -> stat.start() == start && stat.lives())
                        .isPresent();
    }

    /**
     * The living processes of the group that it led. While it lives they are all its own; when it is gone the number may be another's, so only
     * those count that carry our mark.
     */
    List<ProcessHandle> group(Path pidFile) {
        boolean led = alive();
        List<ProcessHandle> members = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path path : all) {
                long candidate = Long.parseLong(String.valueOf(path.getFileName()));
                Optional<Stat> stat = Stat.of(candidate).filter(s -> s.group() == pid && s.lives());
                if (stat.isPresent() && (led || marked(candidate, pidFile))) {
                    ProcessHandle.of(candidate).ifPresent(members::add);
                }
            }
        } catch (IOException | NumberFormatException e) {
            throw new IllegalStateException("/proc cannot be read: is it mounted?", e);
        }
        return members;
    }

    /** Asks the members of the group to end, or kills them. */
    void signalGroup(Path pidFile, boolean kill) {
        for (ProcessHandle process : group(pidFile)) {
            boolean sent = kill ? process.destroyForcibly() : process.destroy();
            if (!sent && process.isAlive()) {
                throw new IllegalStateException("no right to end process " + process.pid());
            }
        }
    }

    private static boolean marked(long pid, Path pidFile) {
        try {
            String environment =
                    new String(Files.readAllBytes(Path.of("/proc/" + pid + "/environ")), StandardCharsets.UTF_8);
            return Arrays.asList(environment.split("\0", -1)).contains(Daemons.MARK + "=" + pidFile);
        } catch (IOException e) {
            return false;
        }
    }

    /** What we need of {@code /proc/PID/stat}. */
    record Stat(char state, long group, long start) {
        static Optional<Stat> of(long pid) {
            try {
                String line = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
                // The name (field 2) stands in parentheses and may hold anything, parentheses and spaces too.
                String[] rest = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
                return Optional.of(new Stat(rest[0].charAt(0), Long.parseLong(rest[2]), Long.parseLong(rest[19])));
            } catch (IOException e) {
                return Optional.empty();
            }
        }

        boolean lives() {
            return state != 'Z' && state != 'X';
        }
    }
}
