package yunqi.drivers.docker;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.instance.InstanceId;
import yunqi.core.wire.Wire;

/** Listens to dockerd's events until closed, and again whenever dockerd comes back. */
final class EngineEvents implements AutoCloseable {
    private static final String FILTER = URLEncoder.encode(
            "{\"type\":[\"container\"],\"label\":[\"" + ContainerRequest.INSTANCE + "\"]}", StandardCharsets.UTF_8);

    /** What changes what is found of an instance; commands run inside do not. */
    private static final Set<String> ACTIONS = Set.of("create", "start", "die", "oom", "destroy");

    private static final Duration AGAIN = Duration.ofMillis(500); // dockerd needs as long to come back
    private static final int LINE_LIMIT = 1 << 20; // bytes; an event has a few hundred, and the image's labels
    private static final Logger LOG = LoggerFactory.getLogger(EngineEvents.class);

    private final Path socket;
    private final Consumer<InstanceId> changed;
    private final Runnable missed;
    private final Thread thread;
    private volatile boolean closed;
    private volatile Optional<EngineStream> stream;

    /** {@code missed} is called when events may have been lost. */
    EngineEvents(Path socket, Consumer<InstanceId> changed, Runnable missed) {
        this.socket = socket;
        this.changed = changed;
        this.missed = missed;
        this.stream = connect();
        this.thread = Thread.ofVirtual().name("docker-events").start(this::listen);
    }

    private Optional<EngineStream> connect() {
        try {
            // Dockerd answers a moment before it listens to itself; a second of the past closes that gap.
            long since = Instant.now().getEpochSecond() - 1;
            return Optional.of(EngineStream.open(
                    socket, EngineStream.Request.get("/events?since=" + since + "&filters=" + FILTER)));
        } catch (EngineException e) {
            LOG.debug("no events: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private void listen() {
        while (!closed) {
            if (stream.isPresent()) {
                try (EngineStream open = stream.get()) {
                    follow(open);
                } catch (IOException e) {
                    LOG.info("dockerd's events broke off: {}", e.getMessage());
                }
            }
            if (!closed) {
                again();
            }
        }
    }

    private void again() {
        try {
            Thread.sleep(AGAIN);
        } catch (InterruptedException e) {
            return; // closed
        }
        stream = connect();
        if (closed) {
            stream.ifPresent(EngineStream::close);
        } else if (stream.isPresent()) {
            missed.run();
        }
    }

    private void follow(EngineStream events) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (Optional<ByteBuffer> some = events.next(); some.isPresent() && !closed; some = events.next()) {
            ByteBuffer bytes = some.get();
            while (bytes.hasRemaining()) {
                byte one = bytes.get();
                if (one == '\n') {
                    tell(line.toByteArray());
                    line.reset();
                } else if (line.size() < LINE_LIMIT) {
                    line.write(one);
                }
            }
        }
    }

    private void tell(byte[] json) throws IOException {
        JsonNode event = Wire.lenient().readTree(json);
        String id = event.path("Actor")
                .path("Attributes")
                .path(ContainerRequest.INSTANCE)
                .asText();
        if (!closed && ACTIONS.contains(event.path("Action").asText()) && !id.isEmpty()) {
            changed.accept(new InstanceId(UUID.fromString(id)));
        }
    }

    @Override
    public void close() {
        closed = true;
        stream.ifPresent(EngineStream::close);
        thread.interrupt();
    }
}
