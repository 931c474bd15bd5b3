package yunqi.drivers.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import yunqi.core.instance.Session;

/**
 * The few commands that a pretended instance understands: {@code echo words}, {@code echo words >&2}, {@code exit N}, {@code true}, {@code false},
 * {@code cat}, {@code read name}, {@code stty size}, alone or in {@code sh -c 'one; other'}. As an instance's own command, anything else runs for ever.
 */
record FakeScript(List<String> lines) {
    private static final Set<String> PROGRAMS = Set.of("echo", "exit", "true", "false", "cat", "read", "stty");
    private static final int NOT_FOUND = 127; // what a shell says of a program that isn't there

    static FakeScript of(List<String> command) {
        boolean shell = command.size() == 3
                && command.getFirst().endsWith("sh")
                && command.get(1).equals("-c");
        String text = shell ? command.get(2) : String.join(" ", command);
        List<String> lines = new ArrayList<>();
        for (String line : text.split(";", -1)) {
            if (!line.isBlank()) {
                lines.add(line.strip());
            }
        }
        return new FakeScript(List.copyOf(lines));
    }

    /** What an instance with this command prints on its start. */
    List<String> greetings() {
        return lines.stream()
                .filter(line -> line.startsWith("echo "))
                .map(line -> line.substring("echo ".length()))
                .toList();
    }

    /** The exit code with which an instance with this command ends on its own, if it does. */
    Optional<Integer> endsWith() {
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        return switch (program(lines.getLast())) {
            case "exit" -> Optional.of(code(lines.getLast()));
            case "true" -> Optional.of(0);
            case "false" -> Optional.of(1);
            default -> Optional.empty();
        };
    }

    /** Runs it as a command in a running instance, in a thread of its own. */
    Session run() {
        FakeSession session = new FakeSession();
        Thread.ofVirtual().name("fake-exec").start(() -> session.end(Optional.of(runIn(session))));
        return session;
    }

    private int runIn(FakeSession session) {
        int last = 0;
        for (String line : lines) {
            String program = program(line);
            if (!PROGRAMS.contains(program)) {
                session.emit(Session.Channel.ERR, "sh: " + program + ": not found\n");
                last = NOT_FOUND;
                continue;
            }
            switch (program) {
                case "exit" -> {
                    return code(line);
                }
                case "echo" -> echo(session, line);
                case "cat" -> session.copyInput();
                case "read" -> session.readLine();
                case "stty" -> session.emit(Session.Channel.OUT, session.size() + "\n");
                default -> last = program.equals("false") ? 1 : 0;
            }
        }
        return last;
    }

    private static void echo(FakeSession session, String line) {
        boolean errors = line.endsWith(">&2");
        String words = line.substring("echo".length()).replace(">&2", "").strip();
        session.emit(errors ? Session.Channel.ERR : Session.Channel.OUT, words + "\n");
    }

    private static String program(String line) {
        return line.split(" ", 2)[0];
    }

    private static int code(String line) {
        String word = line.substring("exit".length()).strip();
        return word.matches("[0-9]{1,3}") ? Integer.parseInt(word) : 0;
    }
}
