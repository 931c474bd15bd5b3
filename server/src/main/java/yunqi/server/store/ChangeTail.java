package yunqi.server.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The newest part of a change log, in memory, and those who wait for more of it. Safe for threads. */
final class ChangeTail {
    private final int limit;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();
    private final List<Change> changes = new ArrayList<>();
    private long start;
    private long version;

    /** Keeps at least the newest {@code limit} changes, at most twice as many. */
    ChangeTail(int limit, long start) {
        this.limit = limit;
        this.start = start;
        this.version = start;
    }

    /** Adds what follows; {@code upto} is the position after it, even if the last change is before that. */
    void append(List<Change> more, long upto) {
        lock.lock();
        try {
            changes.addAll(more);
            version = upto;
            if (changes.size() > 2 * limit) {
                keep(limit); // half at a time, so that moving the rest costs little for each change
            }
            grown.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets everything, and begins anew after this position. */
    void restart(long position) {
        lock.lock();
        try {
            changes.clear();
            start = position;
            version = position;
            grown.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets all but the newest. */
    void keep(int newest) {
        lock.lock();
        try {
            int surplus = changes.size() - newest;
            if (surplus > 0) {
                start = changes.get(surplus - 1).version();
                changes.subList(0, surplus).clear();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The position of the newest change. */
    long version() {
        lock.lock();
        try {
            return version;
        } finally {
            lock.unlock();
        }
    }

    /** The oldest position to start after. */
    long start() {
        lock.lock();
        try {
            return start;
        } finally {
            lock.unlock();
        }
    }

    /** At most so many changes after the position; empty if the tail does not reach back that far. */
    Optional<List<Change>> after(long position, int most) {
        lock.lock();
        try {
            if (position < start) {
                return Optional.empty();
            }
            int first = firstAfter(position);
            return Optional.of(List.copyOf(changes.subList(first, Math.min(changes.size(), first + most))));
        } finally {
            lock.unlock();
        }
    }

    private int firstAfter(long position) {
        int low = 0;
        int high = changes.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (changes.get(middle).version() <= position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Waits until there is something after the position, at most this long. */
    void await(long position, Duration longest) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = longest.toNanos();
            while (left > 0 && version <= position) {
                left = grown.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
