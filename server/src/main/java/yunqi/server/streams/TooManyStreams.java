package yunqi.server.streams;

/** No more streams can be opened right now; the message says what to do. */
public final class TooManyStreams extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TooManyStreams(String message) {
        super(message);
    }
}
