package yunqi.drivers.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceId;

/** Reads what the engine says of a container. */
final class FoundContainer {
    private FoundContainer() {}

    /** Empty if it isn't one of ours. */
    static Optional<Found> read(InspectContainerResponse container) {
        String instance = label(container, ContainerRequest.INSTANCE);
        String epoch = label(container, ContainerRequest.EPOCH);
        if (instance.isEmpty() || epoch.isEmpty()) {
            return Optional.empty();
        }
        ContainerState seen = container.getState();
        boolean running = running(container);
        Optional<Instant> started = time(seen.getStartedAt());
        // A container whose start failed was never running, whatever exit code was noted.
        Found.State state =
                running ? Found.State.RUNNING : started.isPresent() ? Found.State.EXITED : Found.State.CREATED;
        boolean exited = state == Found.State.EXITED;
        return Optional.of(new Found(
                new InstanceId(UUID.fromString(instance)),
                Long.parseLong(epoch),
                beyondUse(seen) ? "" : label(container, ContainerRequest.APPLIED),
                state,
                started,
                exited ? time(seen.getFinishedAt()) : Optional.empty(),
                exited ? Optional.ofNullable(seen.getExitCodeLong()).map(Long::intValue) : Optional.empty(),
                running && !endMissed(container),
                exited && Boolean.TRUE.equals(seen.getOOMKilled()) ? "out of memory" : ""));
    }

    static boolean running(InspectContainerResponse container) {
        return Boolean.TRUE.equals(container.getState().getRunning());
    }

    /** True if the engine calls it running, but its first process is no more: the pid is free, or another's by now. */
    static boolean endMissed(InspectContainerResponse container) {
        Long pid = container.getState().getPidLong();
        if (!running(container) || pid == null || pid <= 0) {
            return false;
        }
        try {
            return !Files.readString(Path.of("/proc", pid.toString(), "cgroup")).contains(container.getId());
        } catch (IOException e) {
            return true; // no such process
        }
    }

    /** A removal that was broken off: such a container can only be removed again, so it counts as made from no plan that anybody has. */
    private static boolean beyondUse(ContainerState state) {
        String status = String.valueOf(state.getStatus());
        return Boolean.TRUE.equals(state.getDead()) || status.equals("dead") || status.equals("removing");
    }

    /** A label that we gave; empty if it isn't there. */
    static String label(InspectContainerResponse container, String key) {
        Map<String, String> labels = container.getConfig().getLabels();
        return labels == null ? "" : labels.getOrDefault(key, "");
    }

    /** Docker writes "never" as the first instant of year 1. */
    private static Optional<Instant> time(@Nullable String text) {
        try {
            return text == null || text.startsWith("0001-")
                    ? Optional.empty()
                    : Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeParseException e) {
            throw new IllegalStateException("dockerd wrote a time as '" + text + "'", e);
        }
    }
}
