package yunqi.server.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;

/** What a handler answers. */
public record Reply(int status, Map<String, String> headers, Body body) {
    /** What follows the headers. */
    public sealed interface Body {
        /** A record, as JSON. */
        record Json(Object value) implements Body {}

        /** Text as it is. */
        record Text(String contentType, String text) implements Body {}

        /** Bytes written as they come to be; returning ends the answer. An {@code IOException} of the stream says that the caller is gone. */
        record Streamed(String contentType, Writer writer) implements Body {}

        record Nothing() implements Body {}
    }

    /** Writes a streamed body. */
    @FunctionalInterface
    public interface Writer {
        void write(OutputStream out) throws IOException, InterruptedException;
    }

    public Reply {
        headers = Map.copyOf(headers);
    }

    public static Reply json(int status, Object value) {
        return new Reply(status, Map.of(), new Body.Json(value));
    }

    public static Reply ok(Object value) {
        return json(200, value);
    }

    public static Reply text(String contentType, String text) {
        return new Reply(200, Map.of(), new Body.Text(contentType, text));
    }

    public static Reply streamed(String contentType, Writer writer) {
        return new Reply(200, Map.of(), new Body.Streamed(contentType, writer));
    }

    public Reply with(String header, String value) {
        Map<String, String> more = new TreeMap<>(headers);
        more.put(header, value);
        return new Reply(status, more, body);
    }
}
