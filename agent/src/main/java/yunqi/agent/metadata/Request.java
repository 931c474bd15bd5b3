package yunqi.agent.metadata;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What somebody asks: the head of an HTTP request, for there is never a body. {@code headers} are by their names in lower case. */
record Request(String method, String path, Map<String, String> headers) {
    /** A head's longest form. What clients send has some hundred bytes; EC2's own service takes no more, either. */
    static final int HEAD_LIMIT = 8 * 1024;

    /** Clients send five or ten. */
    static final int HEADER_LIMIT = 50;

    private static final Pattern LINE = Pattern.compile("([A-Z]{1,16}) (/[\\x21-\\x7e]*) HTTP/1\\.[01]");
    private static final Pattern HEADER =
            Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*([^\\x00-\\x08\\x0a-\\x1f\\x7f]*)");

    /** Why a head is no request of ours, with the status that says so. */
    static final class Bad extends Exception {
        private static final long serialVersionUID = 1L;

        private final int status;

        Bad(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /** Reads a head, without the empty line that ends it. */
    static Request parse(String head) throws Bad {
        String[] lines = head.split("\r\n", -1);
        var first = LINE.matcher(lines[0]);
        if (!first.matches()) {
            throw new Bad(400, "not a request line");
        }
        if (lines.length - 1 > HEADER_LIMIT) {
            throw new Bad(431, "more than " + HEADER_LIMIT + " headers");
        }
        Map<String, String> headers = new TreeMap<>();
        for (int i = 1; i < lines.length; i++) {
            var header = HEADER.matcher(lines[i]);
            if (!header.matches()) {
                throw new Bad(400, "header " + i + " cannot be read");
            }
            String name = header.group(1).toLowerCase(Locale.ROOT);
            if (headers.put(name, header.group(2).strip()) != null) {
                throw new Bad(400, "the header " + name + " twice");
            }
        }
        if (headers.containsKey("transfer-encoding")
                || !headers.getOrDefault("content-length", "0").equals("0")) {
            throw new Bad(413, "a body is not taken");
        }
        return new Request(first.group(1), path(first.group(2)), headers);
    }

    /** Without what follows a question mark, and without empty steps: programs that put addresses together often leave one. */
    private static String path(String target) {
        int mark = target.indexOf('?');
        String path = mark < 0 ? target : target.substring(0, mark);
        return path.replaceAll("/{2,}", "/").substring(1);
    }
}
