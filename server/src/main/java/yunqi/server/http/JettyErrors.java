package yunqi.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
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
    protected void generateResponse(
            Request request,
            Response response,
            int code,
            @Nullable String message,
            @Nullable Throwable cause,
            Callback callback) {
        response.getHeaders().put(new HttpField(HttpHeader.CONTENT_TYPE, TYPE));
        Content.Sink.write(response, true, new String(problem(code), StandardCharsets.UTF_8), callback);
    }

    @Override
    public ByteBuffer badMessageError(int status, @Nullable String reason, HttpFields.Mutable fields) {
        fields.put(HttpHeader.CONTENT_TYPE, TYPE);
        return ByteBuffer.wrap(problem(status));
    }

    private static byte[] problem(int status) {
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
                        ""))
                .getBytes(StandardCharsets.UTF_8);
    }
}
