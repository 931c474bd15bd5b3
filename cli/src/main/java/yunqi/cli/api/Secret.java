package yunqi.cli.api;

import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Asks for what nobody should read: never as an argument, which everybody on the machine sees in a list of processes. */
public final class Secret {
    private static final int LONGEST = 4_096; // bytes of a password on standard input

    private Secret() {}

    /** {@code YUNQI_PASSWORD}, or typed unseen on a terminal, or the first line of standard input. */
    public static String ask(Surroundings around, String what) throws IOException {
        return around.env("YUNQI_PASSWORD").isPresent()
                ? around.env("YUNQI_PASSWORD").get()
                : typed(around, what);
    }

    /** The same without the environment: for a password that is to be. On a terminal it is asked for twice. */
    public static String fresh(Surroundings around, String what) throws IOException {
        String first = typed(around, what);
        if (around.inputIsTerminal() && !first.equals(typed(around, what + ", once more"))) {
            throw Trouble.failed("the two are not the same; nothing was changed");
        }
        return first;
    }

    private static String typed(Surroundings around, String what) throws IOException {
        Console console = around.inputIsTerminal() ? System.console() : null;
        if (console != null) {
            char[] typed = console.readPassword("%s: ", what);
            if (typed == null) {
                throw Trouble.failed("no password was given");
            }
            return new String(typed);
        }
        byte[] line = new byte[LONGEST];
        int length = 0;
        for (int next = around.in().read();
                next >= 0 && next != '\n';
                next = around.in().read()) {
            if (length == LONGEST) {
                throw Trouble.usage("standard input is no password: a line is longer than " + LONGEST + " bytes");
            }
            line[length++] = (byte) next;
        }
        String text = new String(line, 0, length, StandardCharsets.UTF_8).replaceAll("\r$", "");
        if (text.isEmpty()) {
            throw Trouble.failed("no password was given: type it on a terminal, or pass it on standard input");
        }
        return text;
    }
}
