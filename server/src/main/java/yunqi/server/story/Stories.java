package yunqi.server.story;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import yunqi.core.base.Event;
import yunqi.core.wire.Api;
import yunqi.core.wire.Wire;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;

/** What happened to things: shown, and told of what users wish. */
public final class Stories {
    private final Store store;

    public Stories(Store store) {
        this.store = store;
    }

    /** All that is kept of what happened to this, each event as it may be shown. */
    public Api.Events of(Row row, UnaryOperator<Event> shown) {
        long version = store.version(); // before the story is read: what it says after this is in the changes after it
        return new Api.Events(store.story(row.id()).events().stream().map(shown).toList(), version);
    }

    /** What a user's declaration adds to the story. Of what changed only the names of fields are told: values may be secrets. */
    public static Write.Tell declared(Row after, Optional<Row> before, Instant now) {
        return new Write.Tell(
                after.id(),
                before.map(row -> Event.of(now, "changed", "as asked: " + String.join(", ", fields(row, after))))
                        .orElse(Event.of(now, "created", "as declared")));
    }

    /** The same writes, and that it is to be deleted. Nothing is told of what goes at once. */
    public static List<Write> deleted(Row row, List<Write> writes, Instant now) {
        if (writes.stream().anyMatch(write -> write instanceof Write.Remove)) {
            return writes;
        }
        List<Write> told = new ArrayList<>(writes);
        told.add(new Write.Tell(row.id(), Event.of(now, "deleted", "as asked; waits until nothing of it is left")));
        return told;
    }

    private static List<String> fields(Row before, Row after) {
        JsonNode old = Wire.stored(before.desired(), JsonNode.class);
        JsonNode fresh = Wire.stored(after.desired(), JsonNode.class);
        TreeSet<String> changed = new TreeSet<>();
        old.fieldNames().forEachRemaining(changed::add);
        fresh.fieldNames().forEachRemaining(changed::add);
        changed.removeIf(field -> old.path(field).equals(fresh.path(field)));
        if (!before.meta().labels().equals(after.meta().labels())) {
            changed.add("labels");
        }
        return List.copyOf(changed);
    }
}
