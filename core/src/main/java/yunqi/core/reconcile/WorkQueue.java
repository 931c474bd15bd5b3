package yunqi.core.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What is due, and when: a set of keys, each at most once, each worked on by at most one worker. A key woken while it is worked on comes
 * back right after. Pure: the time is passed in; not safe for use by several threads without a lock around it. The idea is that of
 * Kubernetes' client-go work queue (dirty and processing sets) with delays inside.
 */
public final class WorkQueue<K extends Comparable<K>> {
    private static final Duration SET_BACK =
            Duration.ofSeconds(1); // threads that read the clock at once differ by far less

    private record Due<K>(Instant at, long order, K key) {}

    private static final class Entry {
        Optional<Instant> due = Optional.empty();
        long order;
        boolean working;
        int failures;
    }

    private final Map<K, Entry> entries = new HashMap<>();
    private final TreeSet<Due<K>> waiting =
            new TreeSet<>(Comparator.<Due<K>, Instant>comparing(Due::at).thenComparingLong(Due::order));
    private final Backoff backoff;
    private Instant latest = Instant.MIN;
    private long order;

    public WorkQueue(Backoff backoff) {
        this.backoff = backoff;
    }

    /** Makes the key due at this time, or earlier if it already was. */
    public void wake(K key, Instant at) {
        Entry entry = entries.computeIfAbsent(key, _ -> new Entry());
        if (entry.due.isPresent() && !entry.due.get().isAfter(at)) {
            return;
        }
        unqueue(key, entry);
        entry.due = Optional.of(at);
        entry.order = order++;
        if (!entry.working) {
            waiting.add(new Due<>(at, entry.order, key));
        }
    }

    /** Takes the next key that is due; it is the caller's until {@link #finish}. */
    public Optional<K> take(Instant now) {
        setBack(now);
        if (waiting.isEmpty() || waiting.first().at().isAfter(now)) {
            return Optional.empty();
        }
        K key = waiting.removeFirst().key();
        Entry entry = entry(key);
        entry.due = Optional.empty();
        entry.working = true;
        return Optional.of(key);
    }

    /** A clock that is set back must not hold anything up: everything stays as far away as it was. */
    private void setBack(Instant now) {
        if (now.plus(SET_BACK).isBefore(latest)) {
            Duration by = Duration.between(now, latest);
            List<Due<K>> all = List.copyOf(waiting);
            waiting.clear();
            for (Due<K> due : all) {
                Instant at = due.at().minus(by);
                entry(due.key()).due = Optional.of(at);
                waiting.add(new Due<>(at, due.order(), due.key()));
            }
            latest = now;
        }
        latest = now.isAfter(latest) ? now : latest;
    }

    /** Gives a taken key back, with when to look again. */
    public void finish(K key, Again again, Instant now) {
        Entry entry = entry(key);
        if (!entry.working) {
            throw new IllegalStateException(key + " is finished but was not taken");
        }
        entry.working = false;
        entry.failures = again instanceof Again.Failed ? entry.failures + 1 : 0;
        Optional<Instant> due = switch (again) {
            case Again.Done() -> Optional.<Instant>empty();
            case Again.After(var pause) -> Optional.of(now.plus(pause));
            case Again.Failed _ -> Optional.of(now.plus(backoff.pause(entry.failures)));
        };
        // A wake-up that came while the key was worked on says that the world has changed: it wins if it is earlier.
        if (due.isPresent() && (entry.due.isEmpty() || due.get().isBefore(entry.due.get()))) {
            entry.due = due;
            entry.order = order++;
        }
        if (entry.due.isPresent()) {
            waiting.add(new Due<>(entry.due.get(), entry.order, key));
        } else if (entry.failures == 0) {
            entries.remove(key);
        }
    }

    /** When the next key is due, if any waits. */
    public Optional<Instant> nextDue() {
        return waiting.isEmpty()
                ? Optional.empty()
                : Optional.of(waiting.first().at());
    }

    /** How many keys wait or are being worked on. */
    public int size() {
        return entries.size();
    }

    private void unqueue(K key, Entry entry) {
        entry.due.ifPresent(at -> waiting.remove(new Due<>(at, entry.order, key)));
    }

    private Entry entry(K key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            throw new IllegalStateException(key + " is not in the queue");
        }
        return entry;
    }
}
