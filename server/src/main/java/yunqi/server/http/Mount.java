package yunqi.server.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import yunqi.core.audit.What;

/** A whole tree of paths that another protocol owns, such as a registry's {@code /v2/}. {@code prefix} ends with a slash. */
public record Mount(String prefix, List<String> methods, Gate gate, Handler handler) {
    private static final Pattern WORD = Pattern.compile("[a-z]{1,20}");

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

    /** What the audit says of a request: the first two parts of its path are a project and the name of an image, the third is a word of the protocol. */
    What what(String method, String path) {
        String[] parts =
                path.substring(Math.min(prefix.length(), path.length())).split("/", 4);
        String third = parts.length > 2 && WORD.matcher(parts[2]).matches() ? "/" + parts[2] : "";
        return new What(
                method,
                prefix + "{project}/{name}" + third,
                Optional.of(What.name(parts[0])),
                "image",
                What.name(parts.length > 1 ? parts[1] : ""));
    }

    /** A right, in this project if it is about one; {@code project} is empty otherwise. */
    public record Need(Right right, String project) {}

    public Mount {
        methods = List.copyOf(methods);
    }
}
