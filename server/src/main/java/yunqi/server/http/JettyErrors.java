package yunqi.server.http;

import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import yunqi.core.wire.Api;
import yunqi.core.wire.Wire;

/** What Jetty refuses by itself (a broken request line, headers too large, a path with tricks), in the form of all other errors. */
final class JettyErrors extends ErrorHandler {
    private static final String TYPE = "application/problem+json";

    @Override
    public boolean errorPageForMethod(String method) {
        return true; // Jetty itself would say nothing to a DELETE
    }

    @Override
    protected void generateResponse(
            Request request,
            Response response,
            int code,
            @Nullable String message,
            @Nullable Throwable cause,
            Callback callback) {
        response.getHeaders().put(new HttpField(HttpHeader.CONTENT_TYPE, TYPE));
        Content.Sink.write(response, true, problem(code), callback);
    }

    private static String problem(int status) {
        String code = switch (status) {
            case 408 -> "too-slow";
            case 413 -> "too-large";
            case 414, 431 -> "header-too-large";
            default -> status >= 500 ? "fault" : "bad-request";
        };
        return Wire.write(new Api.Problem(
                "urn:yunqi:problem:" + code,
                "The request cannot be understood",
                status,
                code,
                java.util.Optional.empty(),
                "the request was refused before it was read: " + code,
                java.util.Optional.empty(),
                ""));
    }
}
