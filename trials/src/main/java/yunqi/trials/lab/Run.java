package yunqi.trials.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A command that ran to its end: how it ended, what it printed, and how long it took. */
public record Run(List<String> command, int exitCode, String output, String errors, Duration took) {
    public static Run of(Duration longest, Map<String, String> environment, List<String> command) {
        return of(longest, environment, "", command);
    }

    /** Runs a command with this text as its standard input. */
    public static Run of(Duration longest, Map<String, String> environment, String input, List<String> command) {
        long start = System.nanoTime();
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(environment);
            Process process = builder.start();
            try {
                Drain output = new Drain(process.getInputStream());
                Drain errors = new Drain(process.getErrorStream());
                try (OutputStream in = process.getOutputStream()) {
                    in.write(input.getBytes(StandardCharsets.UTF_8));
                } catch (IOException e) {
                    // It ended without reading its input: its exit code and output say why.
                    if (process.isAlive()) {
                        throw e;
                    }
                }
                if (!process.waitFor(longest.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new AssertionError(
                            command + " did not end within " + longest + "; so far:\n" + output.text() + errors.text());
                }
                return new Run(
                        command,
                        process.exitValue(),
                        output.text(),
                        errors.text(),
                        Duration.ofNanos(System.nanoTime() - start));
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new AssertionError("cannot run " + command, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while running " + command, e);
        }
    }

    public Run mustSucceed() {
        return mustEndWith(0);
    }

    public Run mustEndWith(int code) {
        if (exitCode != code) {
            throw new AssertionError(command + " ended with " + exitCode + " instead of " + code + "\n--- output\n"
                    + output + "\n--- errors\n" + errors);
        }
        return this;
    }

    public String all() {
        return output + errors;
    }

    private static final class Drain {
        private final StringBuilder text = new StringBuilder();
        private final Thread thread;

        Drain(java.io.InputStream from) {
            thread = Thread.ofVirtual().start(() -> {
                byte[] buffer = new byte[8192];
                try (from) {
                    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                        synchronized (text) {
                            text.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
                        }
                    }
                } catch (IOException e) {
                    synchronized (text) {
                        text.append("[output lost: ").append(e.getMessage()).append(']');
                    }
                }
            });
        }

        /** A daemon that the command left behind may hold the pipe open: wait only a moment after the end. */
        String text() throws InterruptedException {
            thread.join(Duration.ofSeconds(1));
            synchronized (text) {
                return text.toString();
            }
        }
    }
}
