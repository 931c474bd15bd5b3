package yunqi.server.http;

import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.wire.Wire;

/**
 * Sends answers, and sees to it that they arrive: who is answered before he has sent everything is listened to for a while longer. If we hung up on him while he
 * still sends, his machine would throw our answer away (RFC 9112, 9.6).
 */
final class Answers {
    /** Twice the largest part of an import: who sends more than that after a refusal doesn't look for an answer. */
    static final long MOST = 64L << 20;

    static final Duration LINGER = Duration.ofSeconds(10);
    private static final int PART = 16 * 1024;
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    private final Patience patience;

    Answers(Patience patience) {
        this.patience = patience;
    }

    /** Sends this answer, and drops what still comes of the request. */
    void send(Context context, Reply reply, String id) {
        HttpServletRequest request = context.req();
        HttpServletResponse response = context.res();
        try {
            byte[] body = body(context, reply);
            head(context, reply, id);
            if (waits(request) || request.getContentLengthLong() > MOST) {
                response.setHeader("Connection", "close");
            }
            if (!(reply.body() instanceof Reply.Body.Streamed)) {
                response.setContentLength(body.length);
            }
            response.getOutputStream().write(body);
            response.flushBuffer();
        } catch (IOException e) {
            LOG.debug("request {}: the other end is gone: {}", id, e.toString());
            return;
        }
        linger(request);
    }

    /** Status and headers. */
    static void head(Context context, Reply reply, String id) {
        context.status(reply.status());
        reply.headers().forEach(context::header);
        context.header("X-Request-Id", id);
        context.header("Cache-Control", "no-store");
    }

    private static byte[] body(Context context, Reply reply) throws IOException {
        return switch (reply.body()) {
            case Reply.Body.Json json -> {
                context.contentType("application/json");
                yield Wire.strict().writeValueAsBytes(json.value());
            }
            case Reply.Body.Text text -> {
                context.contentType(text.contentType());
                yield text.text().getBytes(StandardCharsets.UTF_8);
            }
            case Reply.Body.Streamed streamed -> {
                context.contentType(streamed.contentType()); // only its head was asked for
                yield new byte[0];
            }
            case Reply.Body.Nothing _ -> new byte[0];
        };
    }

    /** Reads and drops what is still sent, for as long and as much as an honest client may need. */
    void linger(HttpServletRequest request) {
        if ((request.getContentLengthLong() <= 0 && request.getHeader("Transfer-Encoding") == null) || waits(request)) {
            return;
        }
        byte[] part = new byte[PART];
        long seen = 0;
        try (Patience.Wait wait = patience.atMost(LINGER)) {
            InputStream in = request.getInputStream();
            for (int count = in.read(part); count >= 0 && seen <= MOST && !wait.late(); count = in.read(part)) {
                seen += count;
            }
        } catch (IOException e) {
            LOG.debug("the rest of a request that was answered already doesn't come: {}", e.toString());
        }
    }

    /** True if the client waits to be told that it may send the body: reading would tell it so. */
    private static boolean waits(HttpServletRequest request) {
        return request.getHeader("Expect") != null;
    }
}
