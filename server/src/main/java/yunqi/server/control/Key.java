package yunqi.server.control;

import java.util.Comparator;
import java.util.UUID;

/** Which thing is to be looked at. */
public record Key(String kind, UUID id) implements Comparable<Key> {
    private static final Comparator<Key> ORDER = Comparator.comparing(Key::kind).thenComparing(Key::id);

    @Override
    public int compareTo(Key other) {
        return ORDER.compare(this, other);
    }
}
