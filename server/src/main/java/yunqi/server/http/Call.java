package yunqi.server.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import yunqi.core.audit.Outcome;
import yunqi.core.base.BadValue;
import yunqi.core.base.Name;
import yunqi.core.wire.Wire;
import yunqi.server.store.StoreUnavailable;

/** One request, as a handler sees it. */
public final class Call {
    /** Larger bodies are refused with 413. The largest we take is user data and environment, 64 KiB each; what is larger belongs into an image. */
    public static final int BODY_LIMIT = 1 << 20;

    private final Request request;
    private final String id;
    private final Caller caller;
    private final Runnable admission;
    private final Deed deed;

    /** What the audit hears of this request while it is worked on. */
    interface Deed {
        /** The name of what it is about. */
        void about(String name);

        /** One of many things that it did or did not do has an entry of its own. */
        void did(String name, Outcome outcome);

        /** Nobody listens. */
        Deed UNHEARD = new Deed() {
            @Override
            public void about(String name) {}

            @Override
            public void did(String name, Outcome outcome) {}
        };
    }

    /** {@code admission} decides once more whether the caller may do this; throws {@link Refused} if not any more. {@code deed} hears what the request is about. */
    Call(Request request, String id, Caller caller, Runnable admission, Deed deed) {
        this.request = request;
        this.id = id;
        this.caller = caller;
        this.admission = admission;
        this.deed = deed;
    }

    /** What this request is called in the log. */
    public String id() {
        return id;
    }

    /** Who calls. */
    public Caller caller() {
        return caller;
    }

    /** Where the request came from: the address of the other end. */
    public String from() {
        return request.from();
    }

    /** Tells the audit the name of what this is about, where the path doesn't. */
    public void about(String name) {
        deed.about(name);
    }

    /** Tells the audit what became of one of many things that the request is about. */
    void did(String name, Outcome outcome) {
        deed.did(name, outcome);
    }

    /** For answers that take long. Throws {@link Refused} if the caller may not do this any more. */
    void admitAgain() {
        admission.run();
    }

    /** Says whether the caller may do this still, also long after the request has ended. While the database is away, what was right last stays so. */
    public BooleanSupplier allowed() {
        Runnable again = admission;
        return () -> {
            try {
                again.run();
                return true;
            } catch (Refused refused) {
                return false;
            } catch (StoreUnavailable away) {
                return true;
            }
        };
    }

    public String path() {
        return request.path();
    }

    /** A parameter of the path. */
    public String parameter(String name) {
        return request.parameter(name);
    }

    /** A parameter of the path that is a name. Throws {@link BadValue} if it cannot be one. */
    public Name name(String parameter) {
        try {
            return new Name(parameter(parameter));
        } catch (BadValue bad) {
            throw new BadValue(parameter, withoutField(bad));
        }
    }

    public Optional<String> query(String name) {
        return request.query(name);
    }

    /** True if the parameter is there with no value, or with {@code true}. */
    public boolean flag(String name) {
        return query(name)
                .filter(value -> value.isEmpty() || value.equals("true"))
                .isPresent();
    }

    /** A query parameter that is a number. Throws {@link BadValue} if it is something else. */
    public Optional<Long> number(String name) {
        return query(name).map(text -> number(name, text));
    }

    public Optional<String> header(String name) {
        return request.header(name);
    }

    /** The body as JSON of this record. Throws {@link BadValue} with the field at fault, or line and column where it is not JSON at all. */
    public <T> T read(Class<T> type) throws IOException {
        String text = text();
        if (text.isBlank()) {
            throw new BadValue("body", "is empty: send JSON");
        }
        return Wire.read("", text, type);
    }

    /** The same, and this if there is no body. */
    public <T> T read(Class<T> type, T without) throws IOException {
        String text = text();
        return text.isBlank() ? without : Wire.read("", text, type);
    }

    /** The body as text. One that is too large, or comes too slowly, is refused. */
    public String text() throws IOException {
        return request.text();
    }

    /**
     * The body as it comes, of a length that was said before. It ends with an {@code IOException} if the caller hangs up, or takes so long that others
     * need the place more: what came until then may be kept. {@link Refused} if it is longer than {@code most}.
     */
    public InputStream body(long most, Duration longest) throws IOException {
        long length = header("Content-Length")
                .filter(text -> text.matches("[0-9]{1,18}"))
                .map(Long::parseLong)
                .orElse(-1L);
        if (length < 0) {
            throw new Refused(411, "length-required", "the length of the body is not said", "send Content-Length");
        }
        if (length > most) {
            throw new Refused(413, "too-large", "the body is larger than " + most + " bytes", "send it in parts");
        }
        return new Hurried(request.body(), longest);
    }

    /** A stream that has to end in time. */
    private static final class Hurried extends FilterInputStream {
        private final long end;

        Hurried(InputStream in, Duration longest) {
            super(in);
            this.end = System.nanoTime() + longest.toNanos();
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (System.nanoTime() - end > 0) {
                throw new IOException("it came too slowly");
            }
            return super.read(into, offset, length);
        }
    }

    /** The names of all query parameters that came. */
    Set<String> queries() {
        return request.queries();
    }

    static long number(String field, String text) {
        if (!text.matches("[0-9]{1,18}")) {
            throw new BadValue(field, "'" + text + "' is not a number");
        }
        return Long.parseLong(text);
    }

    private static String withoutField(BadValue bad) {
        return String.valueOf(bad.getMessage()).substring(bad.field().length() + 2);
    }
}
