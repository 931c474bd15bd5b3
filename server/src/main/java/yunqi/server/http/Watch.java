package yunqi.server.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.wire.Api;
import yunqi.core.wire.Wire;
import yunqi.server.store.Change;
import yunqi.server.store.LogTrimmed;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/**
 * Watching one kind by server-sent events. Every event's id is the version up to which the watcher then knows everything, so a watcher that comes
 * back with it ({@code Last-Event-ID}, or {@code after}) misses nothing. What is sent is how the thing is now: changes in quick succession come as one. If
 * the log no longer reaches back far enough the watcher is told to list again.
 */
final class Watch {
    /** Between signs of life, so that both ends and all between them know that the other is there. */
    static final Duration HEARTBEAT = Duration.ofSeconds(10);

    private static final int BATCH = 500; // changes read at once
    private static final int PIECE = 128 * 1024; // sent at once: what a watcher who doesn't read costs us
    private static final String TYPE = "text/event-stream";

    private final Store store;
    private final String kind;

    /** What a watcher asked for: things of these projects (all if empty) with these labels, of those names that may be seen (all if there is no list). */
    record Interest(List<Name> projects, Labels labels, Supplier<Optional<List<Name>>> names) {
        boolean concerns(Change change) {
            return (projects.isEmpty()
                            || change.project().filter(projects::contains).isPresent())
                    && names.get().map(seen -> seen.contains(change.name())).orElse(true);
        }
    }

    Watch(Store store, String kind) {
        this.store = store;
        this.kind = kind;
    }

    Reply reply(Call call, Interest interest, Function<Row, Object> shown) {
        Optional<Long> from = call.header("Last-Event-ID")
                .map(text -> Call.number("Last-Event-ID", text))
                .or(() -> call.number("after"));
        long after = from.orElseGet(store::version);
        if (after < store.oldest()) {
            throw new Refused(
                    410,
                    "version-trimmed",
                    "changes after version " + after + " are no longer kept",
                    "list again, and watch from the list's version");
        }
        return Reply.streamed(TYPE, out -> follow(call, out, after, interest, shown));
    }

    private void follow(Call call, OutputStream out, long after, Interest interest, Function<Row, Object> shown)
            throws IOException, InterruptedException {
        long at = after;
        send(out, ": watching " + kind + " after " + at + "\n\n");
        long spoke = System.nanoTime();
        while (true) {
            List<Change> changes;
            try {
                changes = store.changes(at, BATCH);
            } catch (LogTrimmed trimmed) {
                send(out, event("relist", trimmed.oldest(), "{\"code\":\"version-trimmed\"}"));
                return;
            }
            call.admitAgain(); // a right that was taken back ends what it began
            if (changes.isEmpty()) {
                store.await(at, HEARTBEAT);
                if (System.nanoTime() - spoke >= HEARTBEAT.toNanos()) {
                    send(out, ": alive\nid: " + at + "\n\n");
                    spoke = System.nanoTime();
                }
                continue;
            }
            StringBuilder events = new StringBuilder();
            Map<UUID, Long> last = new HashMap<>();
            changes.forEach(change -> last.put(change.id(), change.version()));
            for (Change change : changes) {
                if (change.kind().equals(kind)
                        && interest.concerns(change)
                        && Long.valueOf(change.version()).equals(last.get(change.id()))) {
                    events.append(event(change, interest, shown));
                }
                if (events.length() > PIECE) {
                    send(out, events.toString());
                    events.setLength(0);
                    spoke = System.nanoTime();
                }
            }
            at = changes.getLast().version();
            if (!events.isEmpty()) {
                send(out, events.toString());
                spoke = System.nanoTime();
            }
        }
    }

    private String event(Change change, Interest interest, Function<Row, Object> shown) {
        Optional<Row> row = change.what() == Change.What.REMOVED ? Optional.empty() : store.get(change.id());
        if (row.isEmpty() && change.what() != Change.What.REMOVED) {
            return ""; // gone meanwhile: its removal is further on in the log
        }
        boolean there =
                row.filter(r -> r.meta().labels().match(interest.labels())).isPresent();
        if (there) {
            return event("changed", change.version(), Wire.write(shown.apply(row.orElseThrow())));
        }
        return event(
                "removed",
                change.version(),
                Wire.write(new Api.Removed(kind, change.project(), change.name(), change.id(), change.version())));
    }

    private static String event(String name, long version, String json) {
        return "event: " + name + "\nid: " + version + "\ndata: " + json + "\n\n";
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
