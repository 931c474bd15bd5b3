package yunqi.drivers.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;

/** A connection to dockerd, which may come and go meanwhile; and what dockerd's complaints mean. */
final class DockerConnection implements AutoCloseable {
    private static final int CONNECTIONS = 32; // more calls at once than two cores serve; the rest wait their turn
    private static final List<String> IN_THE_WAY = List.of("already in ", "already exists", "file exists");
    private static final Pattern MESSAGE = Pattern.compile("\\{\"message\":\"(.*)\"}\\s*", Pattern.DOTALL);

    private static final Logger LOG = LoggerFactory.getLogger(DockerConnection.class);

    private final Path socket;
    private final DockerClient client;

    DockerConnection(Path socket, Duration answerWithin) {
        this.socket = socket;
        String host = "unix://" + socket;
        // No API version is named: Debian 12 has 1.41, and engines from 29 on refuse what is older than 1.44.
        var config = DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(host)
                .withDockerTlsVerify(false)
                .build();
        this.client = DockerClientImpl.getInstance(
                config,
                new ZerodepDockerHttpClient.Builder()
                        .dockerHost(config.getDockerHost())
                        .maxConnections(CONNECTIONS)
                        .responseTimeout(answerWithin)
                        .build());
    }

    Path socket() {
        return socket;
    }

    /** Calls the engine, once more if the connection was broken. {@code doing} says what for, in a complaint. */
    <T> T call(String doing, Function<DockerClient, T> request) throws EngineException {
        return find(doing, c -> {
                    try {
                        return request.apply(c);
                    } catch (NotFoundException e) {
                        throw new DockerException(String.valueOf(e.getMessage()), e.getHttpStatus(), e);
                    }
                })
                .orElseThrow();
    }

    /** The same about something that may not be there: empty then. */
    <T> Optional<T> find(String doing, Function<DockerClient, T> request) throws EngineException {
        try {
            return attempt(doing, request);
        } catch (BrokenConnection e) {
            // A dockerd that was started anew breaks the connections that are kept from before; all we ask may be
            // repeated.
            LOG.debug("asking again: {}", doing, e);
        }
        return once(doing, request);
    }

    /** The same without a second attempt: for what is read only once. */
    <T> Optional<T> once(String doing, Function<DockerClient, T> request) throws EngineException {
        try {
            return attempt(doing, request);
        } catch (BrokenConnection e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    doing + ": dockerd does not answer at " + socket + " (" + e.getMessage() + ")",
                    e);
        }
    }

    private <T> Optional<T> attempt(String doing, Function<DockerClient, T> request)
            throws EngineException, BrokenConnection {
        try {
            return Optional.of(request.apply(client));
        } catch (NotFoundException e) {
            LOG.trace("not there: {}", doing, e);
            return Optional.empty();
        } catch (DockerException e) {
            throw complaint(doing, e.getHttpStatus(), String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            throw broken(e);
        }
    }

    /** The client's library wraps what the socket complains about; anything else is a bug of ours. */
    private static BrokenConnection broken(RuntimeException fault) {
        for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException) {
                return new BrokenConnection(String.valueOf(cause.getMessage()), fault);
            }
        }
        throw fault;
    }

    private static final class BrokenConnection extends Exception {
        private static final long serialVersionUID = 1L;

        BrokenConnection(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** What an answer other than success means. Pure. */
    static EngineException complaint(String doing, int status, String text, Throwable cause) {
        Matcher inside = MESSAGE.matcher(text);
        String message = inside.find() ? inside.group(1).replace("\\\"", "\"").replace("\\n", " ") : text;
        return new EngineException(kind(status, message), doing + ": " + message, cause);
    }

    private static EngineException.Kind kind(int status, String message) {
        String said = message.toLowerCase(Locale.ROOT);
        if (said.contains("no space left") || said.contains("cannot allocate memory") || said.contains("disk quota")) {
            return EngineException.Kind.NO_CAPACITY;
        }
        // Something is in the way that may be gone in a moment, or that is ended before it is tried again.
        if (status == 409 || IN_THE_WAY.stream().anyMatch(said::contains)) {
            return EngineException.Kind.BUSY;
        }
        boolean runtime = said.contains("oci runtime") && !said.contains("containerd.sock");
        return status < 500 || runtime ? EngineException.Kind.REFUSED : EngineException.Kind.UNAVAILABLE;
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
