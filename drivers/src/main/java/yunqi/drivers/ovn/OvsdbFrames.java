package yunqi.drivers.ovn;

import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * Cuts a stream of bytes into JSON objects: RFC 7047 puts nothing between messages, so the end of one is where its braces balance. Counting
 * them here, before a parser sees anything, is what lets us bound the size of a message.
 */
final class OvsdbFrames {
    static final int MESSAGE_LIMIT = 64 << 20; // all rows of a network with 65,536 ports are about 30 MB

    /** Takes one whole message. */
    interface Sink {
        void accept(byte[] message) throws IOException;
    }

    private final Sink sink;
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();
    private int depth;
    private boolean inString;
    private boolean escaped;

    OvsdbFrames(Sink sink) {
        this.sink = sink;
    }

    void feed(byte[] bytes, int length) throws IOException {
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (take(bytes[i])) {
                message.write(bytes, start, i + 1 - start);
                start = i + 1;
                byte[] whole = message.toByteArray();
                message.reset();
                sink.accept(whole);
            }
        }
        if (message.size() + (length - start) > MESSAGE_LIMIT) {
            throw new IOException("a message of more than " + MESSAGE_LIMIT + " bytes");
        }
        message.write(bytes, start, length - start);
    }

    /** True if this byte ends a message. Bytes of UTF-8 sequences are never equal to any of those that matter here. */
    private boolean take(byte b) {
        if (inString) {
            if (escaped) {
                escaped = false;
            } else if (b == '\\') {
                escaped = true;
            } else if (b == '"') {
                inString = false;
            }
            return false;
        }
        switch (b) {
            case '"' -> inString = true;
            case '{' -> depth++;
            case '}' -> {
                depth--;
                return depth == 0;
            }
            default -> {}
        }
        return false;
    }
}
