package yunqi.core.base;

import java.util.ArrayList;
import java.util.List;

/** What happened to one thing, oldest first: bounded, whatever happens to it. */
public record Story(List<Event> events) {
    /** So many different events are kept, the newest. A thing that works has fewer than ten; one that doesn't repeats itself. */
    public static final int LIMIT = 40;

    public static final Story EMPTY = new Story(List.of());

    public Story {
        events = List.copyOf(events);
    }

    /** The story with this event at its end. The same event of before is counted there, and the oldest is dropped where there are too many. */
    public Story and(Event event) {
        List<Event> all = new ArrayList<>(events);
        Event told = event;
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).same(event)) {
                told = all.remove(i).again(event);
                break;
            }
        }
        all.add(told);
        return new Story(all.size() <= LIMIT ? all : all.subList(all.size() - LIMIT, all.size()));
    }
}
