package yunqi.server.http;

/** Knows who may call. */
public interface Doorkeeper {
    /** True if this {@code Authorization} header (empty if there was none) proves an operator. Takes the same time whatever is wrong with it. */
    boolean operator(String authorization);
}
