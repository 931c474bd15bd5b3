package yunqi.cli.show;

import java.io.PrintStream;
import java.util.Locale;
import yunqi.cli.api.Printed;
import yunqi.cli.api.Surroundings;

/**
 * What is going on, for the person who waits: on a terminal one line that changes in place, elsewhere a plain line each time that something new is to be
 * said. It goes to the error output, so that the answer alone is on the output.
 */
public final class Progress implements AutoCloseable {
    private static final String ERASE_LINE = "\r\u001b[K";
    private static final int BAR = 24;
    private static final String SPINNER = "|/-\\";

    private final PrintStream err;
    private final boolean terminal;
    private final int columns;
    private String last = "";
    private int turn;

    public Progress(Surroundings around) {
        this.err = around.err();
        this.terminal = around.errorsAreTerminal();
        this.columns = Math.min(around.columns(), 200);
    }

    /** Says what is waited for. Saying the same again turns the wheel. */
    public synchronized void say(String text) {
        if (terminal) {
            turn++;
            erase();
            err.print(cut(SPINNER.charAt(turn % SPINNER.length()) + " " + text));
            err.flush();
        } else if (!text.equals(last)) {
            err.println(text);
        }
        last = text;
    }

    /** Says how far a thing of known length is. */
    public synchronized void bar(String text, long done, long all) {
        double share = all <= 0 ? 1 : Math.min(1, (double) done / all);
        if (!terminal) {
            if (!text.equals(last)) {
                err.println(text);
                last = text;
            }
            return;
        }
        int filled = (int) (share * BAR);
        erase();
        err.print(cut(String.format(
                Locale.ROOT, "[%s%s] %3.0f%% %s", "#".repeat(filled), ".".repeat(BAR - filled), share * 100, text)));
        err.flush();
        last = text;
    }

    /** Says a line that stays. */
    public synchronized void done(String text) {
        clear();
        err.println(text);
    }

    private String cut(String text) {
        return text.length() < columns ? text : text.substring(0, columns - 2) + "…";
    }

    private void clear() {
        if (terminal && !last.isEmpty()) {
            erase();
            err.flush();
        }
        last = "";
    }

    private void erase() {
        if (err instanceof Printed printed) {
            printed.command(ERASE_LINE);
        } else {
            err.print(ERASE_LINE);
        }
    }

    @Override
    public synchronized void close() {
        clear();
    }
}
