package yunqi.cli.site;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import yunqi.cli.api.Trouble;
import yunqi.core.wire.Digests;

/** Server and agent as processes that outlive this command: each under {@code libexec/keep}, which starts it again when it dies. */
final class Keeper {
    private static final Duration STARTS = Duration.ofSeconds(5);
    private static final Duration ENDS = Duration.ofSeconds(45); // the keeper gives its command 30 s, then kills it
    private static final Duration POLL = Duration.ofMillis(50);

    private final Path keep;
    private final Path run;
    private final Path log;

    Keeper(Path programFolder, Root root) {
        this.keep = programFolder.resolve("libexec/keep");
        this.run = root.run();
        this.log = root.log();
    }

    /** Sees to it that this command runs under this name: nothing if it does, a restart if another does. {@code mark} is what it was started with beside its words. */
    void ensure(String name, List<String> command, String mark) throws IOException, InterruptedException {
        // Others may read that folder, and the mark may hold a password.
        String launch = String.join("\n", command) + "\n" + Digests.of(mark.getBytes(StandardCharsets.UTF_8)) + "\n";
        Path launched = launched(name);
        boolean same = Files.exists(launched) && Files.readString(launched).equals(launch);
        if (running(name) && same) {
            return;
        }
        stop(name);
        Files.writeString(launched, launch);
        List<String> words = new ArrayList<>(List.of(
                "setsid",
                "--fork",
                keep.toString(),
                name,
                run.toString(),
                log(name).toString()));
        words.addAll(command);
        Process process = new ProcessBuilder(words)
                .directory(run.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile()))
                .start();
        process.waitFor();
        until(STARTS, () -> running(name));
        if (!running(name)) {
            throw Trouble.failed("the " + name + " cannot be started; " + log(name) + " may say why");
        }
    }

    private Path launched(String name) {
        return run.resolve(name + ".launch");
    }

    /** The folder with the jars that the command of this name was last started from, if it is still there. */
    Optional<Path> jars(String name) throws IOException {
        if (!Files.exists(launched(name))) {
            return Optional.empty();
        }
        List<String> words = Files.readAllLines(launched(name));
        int path = words.indexOf("-cp") + 1;
        return path == 0 || path == words.size()
                ? Optional.empty()
                : Optional.ofNullable(Path.of(words.get(path)).getParent()).filter(Files::exists);
    }

    /** True if the keeper of this name is alive. */
    boolean running(String name) {
        return keeper(name).isPresent();
    }

    private Optional<ProcessHandle> keeper(String name) {
        return PidFile.alive(run.resolve(name + ".keeper.pid"));
    }

    /** Ends keeper and command, the latter also where its keeper was killed. */
    void stop(String name) throws InterruptedException {
        keeper(name).ifPresent(ProcessHandle::destroy);
        until(ENDS, () -> !running(name));
        for (String file : List.of(name + ".keeper.pid", name + ".pid")) {
            PidFile.end(run.resolve(file), Duration.ofSeconds(5));
        }
    }

    Path log(String name) {
        return log.resolve(name + ".log");
    }

    /** How often the command ended by itself since this length of its log, by what its keeper wrote there. */
    long ends(String name, long since) {
        try {
            String text = Files.readString(log(name), StandardCharsets.ISO_8859_1);
            String fresh = text.length() > since ? text.substring((int) since) : "";
            return fresh.lines()
                    .filter(line -> line.contains(" keep: " + name + " ended with "))
                    .count();
        } catch (IOException e) {
            return 0;
        }
    }

    /** True if it wrote these words since this length of its log. */
    boolean said(String name, long since, String words) {
        try {
            String text = Files.readString(log(name), StandardCharsets.ISO_8859_1);
            return text.indexOf(words, (int) Math.min(since, text.length())) >= 0;
        } catch (IOException e) {
            return false;
        }
    }

    long logLength(String name) {
        try {
            return Files.size(log(name));
        } catch (IOException e) {
            return 0;
        }
    }

    /** Its last lines since this length of its log, for a message. */
    String lastLines(String name, long since, int count) {
        try {
            String text = Files.readString(log(name), StandardCharsets.ISO_8859_1);
            List<String> lines =
                    text.substring((int) Math.min(since, text.length())).lines().toList();
            return String.join("\n  ", lines.subList(Math.max(0, lines.size() - count), lines.size()));
        } catch (IOException e) {
            return "(no log)";
        }
    }

    static boolean until(Duration limit, java.util.function.BooleanSupplier condition) throws InterruptedException {
        Instant deadline = Instant.now().plus(limit);
        while (!condition.getAsBoolean()) {
            if (Instant.now().isAfter(deadline)) {
                return false;
            }
            Thread.sleep(POLL);
        }
        return true;
    }
}
