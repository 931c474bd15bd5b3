package yunqi.core.base;

/** An engine did not do what it was asked. The kind alone decides what happens next. */
public final class EngineException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What went wrong, as far as retrying is concerned. */
    public enum Kind {
        /** The engine is doing something else; try again soon. */
        BUSY,
        /** The engine does not answer; try again with growing pauses. */
        UNAVAILABLE,
        /** The engine said no, and will say no again until something changes. */
        REFUSED,
        /** Disk, memory or another resource of the host has run out. */
        NO_CAPACITY
    }

    private final Kind kind;

    public EngineException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public EngineException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
