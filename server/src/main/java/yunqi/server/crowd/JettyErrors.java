package yunqi.server.crowd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.wire.Api;
import yunqi.core.wire.Wire;

/** What Jetty refuses by itself (a broken request line, headers too large, a path with tricks), in the form of all other errors. */
public final class JettyErrors extends ErrorHandler {
    private static final String TYPE = "application/problem+json";
    private static final Duration QUIET = Duration.ofSeconds(1); // nothing more comes
    private static final Duration PAUSE = Duration.ofMillis(2);
    private static final Logger LOG = LoggerFactory.getLogger(JettyErrors.class);
    private static final int PART = 16 * 1024;

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
        // It hangs up after this, and has to say so: the next request would be sent into the void.
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        byte[] problem = problem(code).getBytes(StandardCharsets.UTF_8);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, problem.length);
        EndPoint end = request.getConnectionMetaData().getConnection().getEndPoint();
        // Not the last piece yet: after that one it hangs up.
        response.write(
                false,
                ByteBuffer.wrap(problem),
                Callback.from(
                        () -> Thread.ofVirtual().name("farewell").start(() -> {
                            linger(end);
                            over(response, callback);
                        }),
                        callback::failed));
    }

    /** Lets it hang up. */
    private static void over(Response response, Callback callback) {
        try {
            response.write(true, BufferUtil.EMPTY_BUFFER, callback);
        } catch (IllegalStateException e) {
            LOG.debug("it ended meanwhile: the server stops", e);
        }
    }

    /** Reads and drops what is still sent: else he would not hear the answer. The connection is nobody else's any more. */
    private static void linger(EndPoint end) {
        ByteBuffer dropped = BufferUtil.allocate(PART);
        long began = System.nanoTime();
        long heard = began;
        long seen = 0;
        try {
            for (long now = began;
                    seen <= Limits.DROPPED && now - began < Limits.LINGER.toNanos() && now - heard < QUIET.toNanos();
                    now = System.nanoTime()) {
                BufferUtil.clear(dropped);
                int count = end.fill(dropped);
                if (count < 0) {
                    return;
                }
                if (count == 0) {
                    Thread.sleep(PAUSE);
                } else {
                    heard = now;
                    seen += count;
                }
            }
        } catch (IOException e) {
            // It is gone: that is what we wait for.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
