package yunqi.server.http;

import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.wire.Wire;
import yunqi.server.crowd.Limits;
import yunqi.server.crowd.Origin;
import yunqi.server.crowd.Patience;
import yunqi.server.crowd.Shares;

/**
 * Sends answers, and sees to it that they arrive: who is answered before he has sent everything is listened to for a while longer. If we hung up on him while he
 * still sends, his machine would throw our answer away (RFC 9112, 9.6).
 */
final class Answers {
    private static final int PART = 16 * 1024;
    private static final int SMALL = 4 * 1024; // refusals: not worth another one
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    private final Patience patience;
    private final Shares memory;
    private final Limits limits;

    Answers(Patience patience, Shares memory, Limits limits) {
        this.patience = patience;
        this.memory = memory;
        this.limits = limits;
    }

    /** Sends this answer, and drops what still comes of the request. What others are too slow to take is bounded: beyond that, who only looks is told to come back. */
    void send(Context context, Reply reply, String id) {
        String who = Origin.of(context.ip());
        byte[] body = body(reply);
        boolean looks = context.req().getMethod().equals("GET");
        if (!memory.take(who, body.length)) {
            if (looks && body.length > SMALL) {
                Refused busy = Refused.later("busy", "too much that is answered isn't taken by those who asked", 1);
                send(context, Problems.reply(busy, id), id);
                return;
            }
            memory.takeAnyway(who, body.length);
        }
        try (Patience.Wait _ = patience.atMost(limits.take(body.length))) {
            write(context, reply, id, body);
        } catch (IOException e) {
            LOG.debug("request {}: the other end is gone: {}", id, e.toString());
            return;
        } finally {
            memory.give(who, body.length);
        }
        linger(context.req());
    }

    private static void write(Context context, Reply reply, String id, byte[] body) throws IOException {
        HttpServletRequest request = context.req();
        HttpServletResponse response = context.res();
        head(context, reply, id);
        switch (reply.body()) {
            case Reply.Body.Json _ -> context.contentType("application/json");
            case Reply.Body.Text text -> context.contentType(text.contentType());
            case Reply.Body.Streamed streamed -> context.contentType(streamed.contentType());
            case Reply.Body.Nothing _ -> {}
        }
        if (waits(request) || request.getContentLengthLong() > Limits.DROPPED) {
            response.setHeader("Connection", "close");
        }
        if (!(reply.body() instanceof Reply.Body.Streamed)) {
            response.setContentLength(body.length);
        }
        response.getOutputStream().write(body);
        response.flushBuffer();
    }

    /** What is written here has to be taken in time, each piece for itself. */
    OutputStream hurried(OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                try (Patience.Wait _ = patience.atMost(limits.take(length))) {
                    out.write(bytes, offset, length);
                }
            }

            @Override
            public void flush() throws IOException {
                try (Patience.Wait _ = patience.atMost(limits.take(0))) {
                    out.flush();
                }
            }
        };
    }

    /** Status and headers. */
    static void head(Context context, Reply reply, String id) {
        context.status(reply.status());
        reply.headers().forEach(context::header);
        context.header("X-Request-Id", id);
        context.header("Cache-Control", "no-store");
        context.header("X-Content-Type-Options", "nosniff"); // what tenants wrote is no page
    }

    /** Of a stream of which only the head is asked for there is none. */
    private static byte[] body(Reply reply) {
        return switch (reply.body()) {
            case Reply.Body.Json json -> Wire.write(json.value()).getBytes(StandardCharsets.UTF_8);
            case Reply.Body.Text text -> text.text().getBytes(StandardCharsets.UTF_8);
            case Reply.Body.Streamed _, Reply.Body.Nothing _ -> new byte[0];
        };
    }

    /** Reads and drops what is still sent, for as long and as much as an honest client may need. */
    void linger(HttpServletRequest request) {
        if ((request.getContentLengthLong() <= 0 && request.getHeader("Transfer-Encoding") == null) || waits(request)) {
            return;
        }
        byte[] part = new byte[PART];
        long seen = 0;
        try (Patience.Wait wait = patience.atMost(Limits.LINGER)) {
            InputStream in = request.getInputStream();
            for (int count = in.read(part);
                    count >= 0 && seen <= Limits.DROPPED && !wait.late();
                    count = in.read(part)) {
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
