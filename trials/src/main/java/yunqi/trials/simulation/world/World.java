package yunqi.trials.simulation.world;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import yunqi.core.base.Clock;

/** Time and chance: events in order of their time, then of their making, and one source of random numbers. */
public final class World implements Clock {
    private static final int REMEMBERED = 50; // events, for the account of a failure
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    private record Event(Instant at, long number, String what, Runnable run) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparing(Event::at).thenComparingLong(Event::number));
    private final Deque<String> last = new ArrayDeque<>();
    private final Random random;
    private Instant now = BEGIN;
    private long made;
    private long happened;
    private long hash = 17;

    public World(long seed) {
        this.random = new Random(seed);
    }

    @Override
    public Instant now() {
        return now;
    }

    public Duration age() {
        return Duration.between(BEGIN, now);
    }

    /** How many events have happened. */
    public long happened() {
        return happened;
    }

    /** Of all that happened, in order: two runs of one seed have the same. */
    public long hash() {
        return hash;
    }

    public List<String> last() {
        return List.copyOf(last);
    }

    public void after(Duration delay, String what, Runnable run) {
        events.add(new Event(now.plus(delay), made++, what, run));
    }

    /** Adds to the account of what happens in this event. */
    public void note(String what) {
        hash = hash * 31 + what.hashCode();
        if (last.size() == REMEMBERED) {
            last.removeFirst();
        }
        last.addLast(age() + " " + what);
    }

    /** Lets the next event happen, if there is one before this time has passed since the beginning. */
    public boolean step(Duration end) {
        Event event = events.peek();
        if (event == null || event.at().isAfter(BEGIN.plus(end))) {
            now = BEGIN.plus(end);
            return false;
        }
        events.remove();
        now = event.at();
        happened++;
        note(event.what());
        event.run().run();
        return true;
    }

    public boolean chance(double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    public int below(int limit) {
        return random.nextInt(limit);
    }

    public <T> T one(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    public long number() {
        return random.nextLong();
    }

    /** Somewhere between the two, short ones more often. */
    public Duration between(Duration least, Duration most) {
        double share = random.nextDouble();
        return least.plusMillis(Math.round((most.toMillis() - least.toMillis()) * share * share));
    }
}
