package yunqi.drivers.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectExecResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.instance.Session;
import yunqi.drivers.process.Command;

/** A command that runs in a container beside its first process, with or without a terminal. Closing it hangs up on the command. */
final class ExecSession implements Session {
    private static final Duration SETTLE =
            Duration.ofSeconds(5); // between a command's start or end and dockerd knowing of it
    private static final Duration POLL = Duration.ofMillis(10);
    private static final Duration KILL_WITHIN = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(ExecSession.class);

    private final DockerConnection docker;
    private final EngineStream stream;
    private final String exec;
    private final Kind kind;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile Optional<Integer> exitCode = Optional.empty();

    /** A console is a shell with a terminal, whose exit code nobody asks for. */
    enum Kind {
        PLAIN,
        TERMINAL,
        CONSOLE
    }

    ExecSession(DockerConnection docker, EngineStream stream, String exec, Kind kind) {
        this.docker = docker;
        this.stream = stream;
        this.exec = exec;
        this.kind = kind;
    }

    @Override
    public Optional<Chunk> read() throws IOException {
        Optional<Chunk> chunk = kind == Kind.PLAIN
                ? LogSession.frame(stream)
                : stream.next()
                        .map(bytes -> new Chunk(
                                Channel.OUT,
                                ByteBuffer.allocate(bytes.remaining())
                                        .put(bytes)
                                        .flip()));
        if (chunk.isEmpty() && kind != Kind.CONSOLE && !closed.get()) {
            exitCode = awaitExit();
        }
        return chunk;
    }

    /** The output ends a moment before dockerd notes the exit code; a command that closed its output and runs on has none. */
    private Optional<Integer> awaitExit() throws IOException {
        long end = System.nanoTime() + SETTLE.toNanos();
        Optional<InspectExecResponse> seen = inspect();
        while (seen.isPresent() && running(seen.get()) && System.nanoTime() < end) {
            pause();
            seen = inspect();
        }
        return seen.filter(exec -> !running(exec))
                .flatMap(exec -> Optional.ofNullable(exec.getExitCodeLong()))
                .map(Long::intValue);
    }

    private static boolean running(InspectExecResponse exec) {
        return Boolean.TRUE.equals(exec.isRunning());
    }

    private Optional<InspectExecResponse> inspect() throws IOException {
        try {
            return docker.find(
                    "looking at a command", c -> c.inspectExecCmd(exec).exec());
        } catch (EngineException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void write(byte[] bytes) throws IOException {
        stream.write(bytes);
    }

    @Override
    public void closeInput() throws IOException {
        stream.closeInput();
    }

    @Override
    public void resize(int columns, int rows) throws IOException {
        if (kind == Kind.PLAIN) {
            return;
        }
        // Right after the start there is no terminal yet, after the end no longer.
        long end = System.nanoTime() + SETTLE.toNanos();
        while (true) {
            try {
                docker.call("resizing a terminal", c -> resize(c, rows, columns));
                return;
            } catch (EngineException e) {
                Optional<InspectExecResponse> seen = inspect();
                boolean ended = seen.isEmpty() || seen.get().getExitCodeLong() != null;
                if (ended) {
                    return;
                }
                if (System.nanoTime() > end) {
                    throw new IOException(e.getMessage(), e);
                }
                pause();
            }
        }
    }

    private boolean resize(DockerClient client, int rows, int columns) {
        client.resizeExecCmd(exec).withSize(rows, columns).exec();
        return true;
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public Optional<Integer> exitCode() {
        return exitCode;
    }

    /** Dockerd lets a command run on when its caller goes. Each leads a process group, which is told that the line was cut, as by a modem. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        stream.close();
        try {
            Optional<InspectExecResponse> seen = inspect();
            Long pid = seen.filter(ExecSession::running)
                    .map(InspectExecResponse::getPidLong)
                    .orElse(0L);
            if (pid > 1) {
                Command.run(KILL_WITHIN, Map.of(), List.of("kill", "-s", "HUP", "--", "-" + pid));
            }
        } catch (IOException | EngineException e) {
            LOG.info("a command in a container may still run though its session was closed: {}", e.getMessage());
        }
    }
}
