package yunqi.agent.metadata;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What is answered: after each answer the connection ends. */
record Reply(int status, SortedMap<String, String> headers, String body) {
    private static final Map<Integer, String> WORDS = Map.of(
            200, "OK",
            400, "Bad Request",
            401, "Unauthorized",
            403, "Forbidden",
            404, "Not Found",
            405, "Method Not Allowed",
            413, "Content Too Large",
            431, "Request Header Fields Too Large");

    Reply {
        headers = Collections.unmodifiableSortedMap(new TreeMap<>(headers));
    }

    static Reply of(String text) {
        return new Reply(200, new TreeMap<>(), text);
    }

    static Reply refused(int status, String why) {
        return new Reply(status, new TreeMap<>(), why + "\n");
    }

    Reply with(String header, String value) {
        SortedMap<String, String> all = new TreeMap<>(headers);
        all.put(header, value);
        return new Reply(status, all, body);
    }

    /** As it goes over the wire; to {@code HEAD} without the body. */
    byte[] bytes(boolean withBody) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder();
        head.append("HTTP/1.1 ").append(status).append(' ').append(WORDS.getOrDefault(status, "?"));
        head.append("\r\nContent-Type: text/plain; charset=utf-8");
        head.append("\r\nContent-Length: ").append(content.length);
        headers.forEach(
                (name, value) -> head.append("\r\n").append(name).append(": ").append(value));
        head.append("\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n");
        byte[] start = head.toString().getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[start.length + (withBody ? content.length : 0)];
        System.arraycopy(start, 0, all, 0, start.length);
        if (withBody) {
            System.arraycopy(content, 0, all, start.length, content.length);
        }
        return all;
    }
}
