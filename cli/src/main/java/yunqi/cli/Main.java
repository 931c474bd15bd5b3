package yunqi.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import yunqi.cli.api.Printed;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.cli.command.Tree;
import yunqi.core.base.BadValue;

/** The {@code yunqi} command. Ends with 0 if it is done, 1 if it was refused or failed, 2 if it was used wrongly, 3 if it was not so in time. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        List<String> words = List.of(args);
        int code = run(Surroundings.real().connecting(words), words);
        // Threads of a stream or of the HTTP client must not keep the command alive.
        Runtime.getRuntime().exit(code);
    }

    /** Runs one command; the exit code. */
    public static int run(Surroundings around, List<String> args) {
        // It warns of quotes in a value that it then takes as it is, and repeats the value, whatever a terminal makes
        // of it.
        CommandLine.tracer().setLevel(CommandLine.TraceLevel.OFF);
        CommandLine line = Tree.of(around, args);
        // What it prints itself is our own: help, with its colours.
        line.setOut(new PrintWriter(Printed.plain(around.out()), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(Printed.plain(around.err()), true, StandardCharsets.UTF_8));
        line.setParameterExceptionHandler((wrong, _) -> usage(around, wrong));
        line.setExecutionExceptionHandler((trouble, _, _) -> failed(around, trouble));
        if (args.isEmpty()) {
            line.usage(line.getErr());
            return Trouble.USAGE;
        }
        return line.execute(args.toArray(String[]::new));
    }

    private static int usage(Surroundings around, CommandLine.ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        if (String.valueOf(wrong.getMessage()).equals("Missing required subcommand")
                && command.getCommandSpec().userObject() == null) {
            around.err()
                    .println("yunqi: " + command.getCommandSpec().qualifiedName() + " needs a verb: "
                            + String.join(", ", command.getSubcommands().keySet()));
            return Trouble.USAGE;
        }
        around.err().println("yunqi: " + wrong.getMessage());
        if (wrong instanceof CommandLine.UnmatchedArgumentException unmatched) {
            List<String> near = unmatched.getSuggestions();
            if (!near.isEmpty()) {
                around.err().println("  did you mean " + String.join(" or ", near) + "?");
            }
        }
        around.err().println("  '" + command.getCommandSpec().qualifiedName() + " --help' says what it takes");
        return Trouble.USAGE;
    }

    private static int failed(Surroundings around, Exception trouble) throws Exception {
        return switch (trouble) {
            case Trouble told -> {
                around.err().println("yunqi: " + told.getMessage());
                yield told.exitCode();
            }
            case BadValue bad -> {
                around.err().println("yunqi: " + bad.getMessage());
                yield Trouble.FAILED;
            }
            case InterruptedException _ -> {
                around.err().println("yunqi: interrupted");
                yield Trouble.FAILED;
            }
            default -> {
                if (around.env("YUNQI_DEBUG").isPresent()) {
                    trouble.printStackTrace(around.err());
                }
                around.err()
                        .println("yunqi: a fault of this command ("
                                + Surroundings.line(trouble.getClass().getSimpleName() + ": " + trouble.getMessage())
                                + ")\n  with YUNQI_DEBUG=1 it says where; please report that");
                yield Trouble.FAILED;
            }
        };
    }
}
