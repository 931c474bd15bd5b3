package yunqi.server.store;

/** The store did not answer, or answered that it cannot. A transaction that threw this may or may not have happened: read before writing again. */
public final class StoreUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreUnavailable(String message) {
        super(message);
    }

    public StoreUnavailable(String message, Throwable cause) {
        super(message, cause);
    }
}
