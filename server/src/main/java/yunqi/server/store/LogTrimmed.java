package yunqi.server.store;

/** Changes after the version asked for have been trimmed from the log: list everything, and go on from the page's version. */
public final class LogTrimmed extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final long oldest;

    public LogTrimmed(long after, long oldest) {
        super("changes after " + after + " are no longer kept; the log starts after " + oldest);
        this.oldest = oldest;
    }

    /** The oldest version that can be started after. */
    public long oldest() {
        return oldest;
    }
}
