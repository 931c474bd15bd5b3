package yunqi.cli.site;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import yunqi.cli.api.Trouble;

/** Runs programs of this machine, word by word: no shell in between. */
final class Shell {
    private static final int USUAL_SECONDS = 60;

    private Shell() {}

    /** How a program ended, and what it printed. */
    record Result(int code, String output) {
        boolean good() {
            return code == 0;
        }

        /** Its last words, for a message. */
        String lastLine() {
            List<String> lines = output.lines().filter(line -> !line.isBlank()).toList();
            return lines.isEmpty() ? "it said nothing" : lines.getLast().strip();
        }
    }

    static Result run(String... command) {
        return run(USUAL_SECONDS, Map.of(), List.of(command));
    }

    /** Runs it and waits; output and errors together. A program that isn't there ends with 127. */
    static Result run(int seconds, Map<String, String> environment, List<String> command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            Thread killer = Thread.ofVirtual().start(() -> {
                try {
                    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                        process.destroyForcibly();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            killer.interrupt();
            return new Result(code, output);
        } catch (IOException e) {
            return new Result(127, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Trouble.failed("interrupted");
        }
    }
}
