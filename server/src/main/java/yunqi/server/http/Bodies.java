package yunqi.server.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import yunqi.server.crowd.Origin;
import yunqi.server.crowd.Patience;
import yunqi.server.crowd.Shares;

/**
 * Reads what callers send. Nobody's place among the requests that are worked on is held while his body comes, and what is there of it already is counted: many bodies that
 * never end hold up nobody and fill no memory.
 */
final class Bodies {
    private static final int PART = 8 * 1024;
    private static final int STEP = 64 * 1024; // how memory is taken while it grows

    private final Patience patience;
    private final Shares memory;
    private final Duration longest;

    Bodies(Patience patience, Shares memory, Duration longest) {
        this.patience = patience;
        this.memory = memory;
        this.longest = longest;
    }

    /** All of it, as text. Throws {@link Refused} if it is too large or too slow. */
    String text(InputStream in, String from, Place place) throws IOException {
        place.leave();
        String text;
        try (Patience.Wait wait = patience.atMost(longest)) {
            text = read(in, Origin.of(from), wait);
        }
        place.take();
        return text;
    }

    private String read(InputStream in, String who, Patience.Wait wait) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] part = new byte[PART];
        long taken = 0;
        try {
            for (int count = in.read(part); count >= 0; count = in.read(part)) {
                if (body.size() + count > Call.BODY_LIMIT) {
                    throw tooLarge();
                }
                if (body.size() + count > taken) {
                    if (!memory.take(who, STEP)) {
                        throw Refused.later("busy", "too much is being sent at the same time", 1);
                    }
                    taken += STEP;
                }
                body.write(part, 0, count);
                if (wait.late()) {
                    throw tooSlow();
                }
            }
            return body.toString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            if (wait.late()) {
                throw tooSlow();
            }
            throw e;
        } finally {
            memory.give(who, taken);
        }
    }

    private Refused tooSlow() {
        return new Refused(408, "too-slow", "the body did not come within " + longest.toSeconds() + " s", "");
    }

    private static Refused tooLarge() {
        return new Refused(
                413,
                "too-large",
                "the body is larger than " + Call.BODY_LIMIT + " bytes",
                "large data belongs into an image or onto a disk");
    }
}
