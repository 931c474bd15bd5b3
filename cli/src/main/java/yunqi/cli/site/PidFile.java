package yunqi.cli.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Pid files: {@code pid starttime}, so that a process that got the pid later is never taken for ours. */
final class PidFile {
    private static final int START_TIME = 20; // field 22 of /proc/PID/stat, counted from the third

    private PidFile() {}

    /** The process that the file means, if it is alive. */
    static Optional<ProcessHandle> alive(Path file) {
        try {
            String[] words = Files.readString(file).strip().split("\\s+", -1);
            if (words.length < 2 || !words[0].matches("[0-9]{1,10}")) {
                return Optional.empty();
            }
            long pid = Long.parseLong(words[0]);
            return words[1].equals(startTime(pid)) ? ProcessHandle.of(pid) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** When the process started, in the kernel's ticks; empty if there is none, or if it is dead and only not yet forgotten. */
    static String startTime(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // The name stands in brackets and may hold anything, brackets too: count from its end.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return fields[0].equals("Z") || fields.length < START_TIME ? "" : fields[START_TIME - 1];
        } catch (IOException | StringIndexOutOfBoundsException e) {
            return "";
        }
    }

    /** Ends the process that the file means, if there is one: asks, and after {@code grace} kills. Removes the file. */
    static void end(Path file, Duration grace) throws InterruptedException {
        Optional<ProcessHandle> process = alive(file);
        if (process.isPresent()) {
            process.get().destroy();
            if (!Keeper.until(grace, () -> alive(file).isEmpty())) {
                process.get().destroyForcibly();
                Keeper.until(grace, () -> alive(file).isEmpty());
            }
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // A pid file of a dead process harms nobody.
        }
    }
}
