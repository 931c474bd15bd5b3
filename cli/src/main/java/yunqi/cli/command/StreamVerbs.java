package yunqi.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import yunqi.cli.api.Api;
import yunqi.cli.api.Json;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.stream.StreamClient;
import yunqi.cli.stream.Terminal;
import yunqi.core.wire.Kind;

/** {@code exec}, {@code console} and {@code logs} of instances. */
final class StreamVerbs {
    private StreamVerbs() {}

    /** A stream with one instance. */
    abstract static class Stream extends Verb {
        @Parameters(index = "0", paramLabel = "NAME", description = "which one")
        private String name = "";

        Stream(Surroundings around) {
            super(around);
        }

        @Override
        boolean scoped() {
            return true;
        }

        final String name() {
            return name;
        }

        /** Asks for a ticket and carries the stream; in raw mode if {@code terminal}. */
        final StreamClient.Ended stream(
                String action, JsonNode request, boolean input, boolean terminal, boolean escape)
                throws InterruptedException {
            try (Api api = api()) {
                String path = api.post(path(Kind.INSTANCE, name) + "/" + action, request)
                        .path("url")
                        .asText();
                Optional<Terminal> raw = terminal ? Terminal.raw() : Optional.empty();
                try {
                    return StreamClient.run(
                            api,
                            path,
                            new StreamClient.Near(
                                    input ? Optional.of(around().in()) : Optional.empty(),
                                    out(),
                                    err(),
                                    raw.isPresent(),
                                    escape));
                } finally {
                    raw.ifPresent(Terminal::close);
                }
            }
        }

        /** Bytes as they are: a {@code PrintStream} would do, but hides that its reader has gone. */
        private OutputStream out() {
            return around().env().containsKey("YUNQI_TTY") ? new FileOutputStream(FileDescriptor.out) : around().out();
        }

        private OutputStream err() {
            return around().env().containsKey("YUNQI_TTY") ? new FileOutputStream(FileDescriptor.err) : around().err();
        }
    }

    @Command(
            name = "exec",
            description = "Run a command inside an instance; ends with its exit code.",
            footer = {"", "yunqi instance exec web -- ping -c1 vm2"})
    static final class Exec extends Stream {
        @Parameters(
                index = "1..*",
                arity = "1..*",
                paramLabel = "COMMAND",
                description = "after --: the command, word by word")
        private List<String> command = List.of();

        @Option(
                names = {"-t", "--terminal"},
                description = "give it a terminal; so by itself where input and output are one")
        private boolean terminal;

        Exec(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws InterruptedException {
            boolean both = around().inputIsTerminal() && around().outputIsTerminal();
            var request = Json.object().put("terminal", terminal || both);
            command.forEach(request.putArray("command")::add);
            StreamClient.Ended ended = stream("exec", request, true, both, false);
            return ended.exitCode()
                    .orElseThrow(() -> Trouble.failed("the stream ended without saying how the command ended"));
        }
    }

    @Command(name = "console", description = "Sit at the console of an instance; ^] leaves.")
    static final class Console extends Stream {
        Console(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws InterruptedException {
            boolean terminal = around().inputIsTerminal();
            if (terminal) {
                around().err()
                        .println("Console of " + name() + ". Press Enter if it is quiet; ^] (Control and ]) leaves.");
            }
            StreamClient.Ended ended = stream("console", Json.object(), true, terminal, true);
            if (terminal) {
                around().err().println(ended.left() ? "\nleft the console of " + name() : "\nthe console ended");
            }
            return DONE;
        }
    }

    @Command(name = "logs", description = "Show what an instance printed.")
    static final class Logs extends Stream {
        @Option(
                names = {"-f", "--follow"},
                description = "go on as more comes, until ^C")
        private boolean follow;

        @Option(names = "--tail", paramLabel = "LINES", description = "only this many of the last lines")
        private int tail = -1;

        Logs(Surroundings around) {
            super(around);
        }

        @Override
        int run() throws InterruptedException {
            stream("logs", Json.object().put("tail", tail).put("follow", follow), false, false, false);
            return DONE;
        }
    }
}
