package yunqi.drivers.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.drivers.process.Command;

/**
 * What containerd runs for dockerd. A dockerd that is killed after it had a container started, but before it wrote that down, knows nothing of
 * that run when it comes back: it would neither end it nor start another.
 */
final class Tasks {
    private static final Duration START_WITHIN =
            Duration.ofSeconds(60); // a start on a slow machine isn't a forgotten run
    private static final Duration END_WITHIN = Duration.ofSeconds(30);

    private static final Duration TIDY_WITHIN = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(Tasks.class);

    private final Path root;

    Tasks(Path root) {
        this.root = root;
    }

    /** True if containerd runs something for this container, or has just begun or ended to. */
    boolean there(String container) {
        return Files.exists(bundle(container));
    }

    /** True if it does, and has for so long that dockerd, if it doesn't call the container running, must have forgotten of it. */
    boolean forgotten(String container) {
        try {
            return Files.getLastModifiedTime(bundle(container))
                    .toInstant()
                    .isBefore(Instant.now().minus(START_WITHIN));
        } catch (IOException e) {
            return false; // it is not there
        }
    }

    /** Where containerd keeps what belongs to a run of the container. */
    Path bundle(String container) {
        return root.resolve("run/containerd/io.containerd.runtime.v2.task/moby").resolve(container);
    }

    /** Ends what runs for it, at once. {@code BUSY} if something still runs then. */
    void end(String container) throws EngineException {
        Command.Result result = Command.run(
                END_WITHIN,
                Map.of(),
                List.of(
                        "ctr",
                        "--address",
                        DockerEngine.containerdSocket(root).toString(),
                        "--namespace",
                        "moby",
                        "tasks",
                        "delete",
                        "--force",
                        container));
        if (!result.good()) {
            LOG.info(
                    "containerd could not end a forgotten run: {}",
                    result.errors().strip());
        }
        if (there(container)) {
            // Containerd was killed too, and knows only half of it: it tidies up once the shim is gone, or at its next
            // start; what is in neither's hands is ours to remove.
            Leftovers.endOne(root, container);
            await(container);
            Leftovers.deleteBundle(bundle(container));
        }
        if (there(container)) {
            throw new EngineException(
                    EngineException.Kind.BUSY,
                    "a forgotten run of " + container + " does not end: "
                            + result.errors().strip());
        }
    }

    private void await(String container) throws EngineException {
        long end = System.nanoTime() + TIDY_WITHIN.toNanos();
        try {
            while (there(container) && System.nanoTime() < end) {
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.BUSY, "ending a forgotten run was interrupted", e);
        }
    }
}
