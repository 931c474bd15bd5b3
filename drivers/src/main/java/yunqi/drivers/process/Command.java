package yunqi.drivers.process;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import yunqi.core.base.EngineException;

/** A program that is run to its end: an argument list, never a shell line. What it printed is kept up to a limit. */
public final class Command {
    private static final int OUTPUT_LIMIT = 1 << 20; // what a person or a parser would read; more is cut off

    /** How it ended. {@code output} is standard output, {@code errors} standard error. */
    public record Result(int exitCode, String output, String errors) {
        public boolean good() {
            return exitCode == 0;
        }
    }

    private Command() {}

    /** Runs it and gives back how it ended. {@code UNAVAILABLE} if it cannot be started or doesn't end in time (it is killed then). */
    public static Result run(Duration longest, Map<String, String> environment, List<String> command)
            throws EngineException {
        Process process;
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
            builder.environment().putAll(environment);
            process = builder.start();
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot run " + command.getFirst() + ": " + e.getMessage(), e);
        }
        Drain output = new Drain(process.getInputStream());
        Drain errors = new Drain(process.getErrorStream());
        try {
            if (!process.waitFor(longest.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new EngineException(
                        EngineException.Kind.UNAVAILABLE,
                        command.getFirst() + " did not end within " + longest.toSeconds() + " s");
            }
            return new Result(process.exitValue(), output.text(), errors.text());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNAVAILABLE, command.getFirst() + " was interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Runs it; {@code REFUSED} with what it complained about unless it ends with 0. Gives back its standard output. */
    public static String must(Duration longest, List<String> command) throws EngineException {
        Result result = run(longest, Map.of(), command);
        if (!result.good()) {
            String complaint = result.errors().isBlank() ? result.output() : result.errors();
            throw new EngineException(
                    EngineException.Kind.REFUSED,
                    String.join(" ", command) + " ended with " + result.exitCode() + ": " + complaint.strip());
        }
        return result.output();
    }

    private static final class Drain {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Thread thread;

        Drain(InputStream from) {
            thread = Thread.ofVirtual().name("drain").start(() -> copy(from));
        }

        private void copy(InputStream from) {
            byte[] buffer = new byte[8192];
            try (from) {
                for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                    synchronized (bytes) {
                        bytes.write(buffer, 0, Math.min(n, OUTPUT_LIMIT - Math.min(OUTPUT_LIMIT, bytes.size())));
                    }
                }
            } catch (IOException e) {
                // The pipe breaks when the process is killed; what was read until then is what there is.
                return;
            }
        }

        /** A grandchild may hold the pipe open for ever (a daemon does): what is there a second after the end is all we wait for. */
        String text() throws InterruptedException {
            thread.join(Duration.ofSeconds(1));
            synchronized (bytes) {
                return bytes.toString(StandardCharsets.UTF_8);
            }
        }
    }
}
