package yunqi.drivers.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One engine process that should run, as a value. The process stays in the foreground ({@code command} must not fork away), writes to
 * {@code log}, and is known again by {@code pidFile}, which we write: pid and start time (field 22 of {@code /proc/PID/stat}). It is ready when
 * {@code ready} says so.
 */
public record Daemon(
        String name,
        List<String> command,
        Map<String, String> environment,
        Path pidFile,
        Path log,
        Optional<String> user,
        Ready ready,
        Duration patience) {
    /** How to know that it answers. */
    public sealed interface Ready {
        /** A Unix socket accepts connections. */
        record Socket(Path path) implements Ready {}

        /** A TCP port of this machine accepts connections. */
        record Port(String address, int port) implements Ready {}

        /** A file exists. */
        record File(Path path) implements Ready {}

        /** It is ready once it runs. */
        record Running() implements Ready {}
    }

    public Daemon {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }
}
