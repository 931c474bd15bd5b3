package yunqi.cli.api;

/** Something that a person must be told, in one to three lines: what, and what to do. Ends the command with this exit code. */
public final class Trouble extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Refused or failed. */
    public static final int FAILED = 1;

    /** Wrong usage. */
    public static final int USAGE = 2;

    /** Not within the time given. */
    public static final int LATE = 3;

    private final int exitCode;
    private final String code;

    private Trouble(int exitCode, String code, String message) {
        super(message, null, false, false);
        this.exitCode = exitCode;
        this.code = code;
    }

    public static Trouble failed(String message) {
        return new Trouble(FAILED, "", message);
    }

    public static Trouble usage(String message) {
        return new Trouble(USAGE, "", message);
    }

    public static Trouble late(String message) {
        return new Trouble(LATE, "", message);
    }

    /** Refused by the server, with its stable word for why. */
    static Trouble refused(String code, String message) {
        return new Trouble(FAILED, code, message);
    }

    /** The same, with one more line. */
    public Trouble and(String line) {
        return new Trouble(exitCode, code, getMessage() + "\n  " + line);
    }

    /** The server's stable word for why it refused; empty if it did not. */
    public String code() {
        return code;
    }

    public int exitCode() {
        return exitCode;
    }
}
