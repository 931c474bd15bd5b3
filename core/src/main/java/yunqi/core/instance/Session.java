package yunqi.core.instance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** A stream of bytes both ways with an instance: its console, a command run in it, or its log (nothing goes in then). */
public interface Session extends AutoCloseable {
    /** Where bytes came out. */
    enum Channel {
        OUT,
        ERR
    }

    /** Some bytes that came out. */
    record Chunk(Channel channel, ByteBuffer bytes) {}

    /** Waits for the next bytes; empty at the end. */
    Optional<Chunk> read() throws IOException;

    /** Sends bytes in. */
    void write(byte[] bytes) throws IOException;

    /** Says that nothing more goes in. */
    void closeInput() throws IOException;

    /** Sets the size of the terminal, if there is one. */
    void resize(int columns, int rows) throws IOException;

    /** How the command ended, once {@link #read} has given the end; empty for consoles and logs. */
    Optional<Integer> exitCode();

    /** Ends the session. A {@link #read} that waits in another thread returns. May be repeated. */
    @Override
    void close();
}
