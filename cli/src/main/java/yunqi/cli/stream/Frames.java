package yunqi.cli.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import yunqi.core.wire.Link;
import yunqi.core.wire.Wire;

/** Frames of a stream, as {@link Link.Control} describes them. Pure. */
final class Frames {
    private Frames() {}

    static ByteBuffer input(byte[] bytes, int length) {
        return ByteBuffer.allocate(length + 1)
                .put(Link.INPUT)
                .put(bytes, 0, length)
                .flip();
    }

    static ByteBuffer endOfInput() {
        return control(new Link.Control(Optional.empty(), Optional.empty(), true, Optional.empty(), Optional.empty()));
    }

    static ByteBuffer size(Terminal.Size size) {
        return control(new Link.Control(
                Optional.of(size.columns()), Optional.of(size.rows()), false, Optional.empty(), Optional.empty()));
    }

    private static ByteBuffer control(Link.Control control) {
        byte[] json = Wire.write(control).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(json.length + 1).put(Link.CONTROL).put(json).flip();
    }

    /** The control in a frame whose first byte was taken off. */
    static Optional<Link.Control> control(byte[] json) {
        try {
            return Optional.of(Wire.lenient().readValue(new String(json, StandardCharsets.UTF_8), Link.Control.class));
        } catch (JsonProcessingException e) {
            return Optional.empty(); // of a newer server: nothing that this version could act upon
        }
    }
}
