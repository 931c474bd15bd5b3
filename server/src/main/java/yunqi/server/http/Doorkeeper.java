package yunqi.server.http;

/** Knows who calls. */
public interface Doorkeeper {
    /**
     * Who sent this {@code Authorization} header (empty if there was none). Throws {@link Refused} with 401 if it proves nobody, after the same time whatever
     * is wrong with it. Called for every request, so what is known is remembered.
     */
    Caller caller(String authorization);
}
