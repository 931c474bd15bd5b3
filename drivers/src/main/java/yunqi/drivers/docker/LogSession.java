package yunqi.drivers.docker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import yunqi.core.instance.Log;

/** A log: what comes from the engine in frames of one channel each (a container without a terminal). Nothing goes in. */
final class LogSession implements Log {
    private static final int FRAME_LIMIT =
            1 << 20; // bytes; dockerd sends lines of at most 16 KiB, programs write at most a pipe's 64

    private final EngineStream stream;

    LogSession(EngineStream stream) {
        this.stream = stream;
    }

    @Override
    public Optional<Chunk> read() throws IOException {
        return frame(stream);
    }

    /** The next frame that isn't empty: a byte for the channel, three of nothing, four for the length. */
    static Optional<Chunk> frame(EngineStream stream) throws IOException {
        while (true) {
            Optional<ByteBuffer> head = stream.next(8);
            if (head.isEmpty()) {
                return Optional.empty();
            }
            int length = head.get().getInt(4);
            if (length < 0 || length > FRAME_LIMIT) {
                throw new IOException("dockerd sent a frame of " + length + " bytes");
            }
            Channel channel = head.get().get(0) == 2 ? Channel.ERR : Channel.OUT;
            Optional<ByteBuffer> bytes = stream.next(length);
            if (bytes.isEmpty() || length > 0) {
                return bytes.map(all -> new Chunk(channel, all));
            }
        }
    }

    @Override
    public void close() {
        stream.close();
    }
}
