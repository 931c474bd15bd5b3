package yunqi.server.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;

/** A whole tree of paths that another protocol owns, such as a registry's {@code /v2/}. {@code prefix} ends with a slash. */
public record Mount(String prefix, List<String> methods, Gate gate, Handler handler) {
    /** Answers a request with its body as it streams. */
    @FunctionalInterface
    public interface Handler {
        void handle(HttpServletRequest request, HttpServletResponse response) throws IOException, InterruptedException;
    }

    /** Says what a request needs; all of it. Throws {@link Refused} for what nobody may ask. */
    @FunctionalInterface
    public interface Gate {
        List<Need> needs(HttpServletRequest request);
    }

    /** A right, in this project if it is about one; {@code project} is empty otherwise. */
    public record Need(Right right, String project) {}

    public Mount {
        methods = List.copyOf(methods);
    }
}
