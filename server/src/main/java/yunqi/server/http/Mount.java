package yunqi.server.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;

/** A whole tree of paths that another protocol owns, such as a registry's {@code /v2/}. Operators only. {@code prefix} ends with a slash. */
public record Mount(String prefix, List<String> methods, Handler handler) {
    /** Answers a request with its body as it streams. */
    @FunctionalInterface
    public interface Handler {
        void handle(HttpServletRequest request, HttpServletResponse response) throws IOException, InterruptedException;
    }

    public Mount {
        methods = List.copyOf(methods);
    }
}
