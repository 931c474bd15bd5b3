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

    private Trouble(int exitCode, String message) {
        super(message, null, false, false);
        this.exitCode = exitCode;
    }

    public static Trouble failed(String message) {
        return new Trouble(FAILED, message);
    }

    public static Trouble usage(String message) {
        return new Trouble(USAGE, message);
    }

    public static Trouble late(String message) {
        return new Trouble(LATE, message);
    }

    public int exitCode() {
        return exitCode;
    }
}
