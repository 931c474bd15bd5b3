package yunqi.core.instance;

import java.io.IOException;
import java.util.Optional;

/** A session that only gives: nothing goes in, it has no terminal, and it ends without a code. */
public interface Log extends Session {
    @Override
    default void write(byte[] bytes) throws IOException {
        throw new IOException("nothing goes into a log");
    }

    @Override
    default void closeInput() {
        // Nothing goes in anyway.
    }

    @Override
    default void resize(int columns, int rows) {
        // A log has no terminal.
    }

    @Override
    default Optional<Integer> exitCode() {
        return Optional.empty();
    }
}
