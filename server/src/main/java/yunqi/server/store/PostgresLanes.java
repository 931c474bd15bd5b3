package yunqi.server.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Brings transactions to PostgreSQL in batches: whoever comes while others are under way waits with those who came too, and one of them takes all
 * along. Nobody waits for a timer: alone, a transaction goes at once; under load the batches grow by themselves. (One by one, the creates of one project would
 * queue at its quota's row, each for a whole commit.)
 */
final class PostgresLanes {
    static final int BATCH_LIMIT =
            500; // where a batch's cost for each transaction has levelled off; under 100 ms of locks
    private static final int LANES = 2; // one commits while the other decides; more only meet at the same rows
    private static final int ATTEMPTS = 20; // each repeat means that somebody else got on, so as many are bad luck

    private final PostgresDatabase database;
    private final LongSupplier stamp;
    private final Runnable logged;
    private final Semaphore lanes = new Semaphore(LANES);
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Waiting> queue = new ArrayDeque<>();

    /** What one caller brings: stays together and in order. */
    private record Waiting(List<List<Write>> transactions, CompletableFuture<List<Written>> answer) {}

    /** {@code stamp} is a position of the log before any change to come; {@code logged} hears that the log has grown. */
    PostgresLanes(PostgresDatabase database, LongSupplier stamp, Runnable logged) {
        this.database = database;
        this.stamp = stamp;
        this.logged = logged;
    }

    /** One transaction, in company if there is any. */
    Written write(List<Write> writes) {
        return together(List.of(writes)).getFirst();
    }

    private List<Written> together(List<List<Write>> transactions) {
        Waiting mine = new Waiting(transactions, new CompletableFuture<>());
        lock.lock();
        try {
            queue.add(mine);
        } finally {
            lock.unlock();
        }
        lanes.acquireUninterruptibly();
        try {
            if (!mine.answer.isDone()) {
                carry(take());
            }
        } finally {
            lanes.release();
        }
        // Either it was in what we took, or whoever took it before us answers when done.
        return answer(mine);
    }

    private static List<Written> answer(Waiting mine) {
        try {
            return mine.answer.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof StoreUnavailable unavailable) {
                // A new one: its stack trace is this caller's.
                throw new StoreUnavailable(String.valueOf(unavailable.getMessage()), unavailable);
            }
            throw new IllegalStateException("the transaction failed: " + e.getCause(), e.getCause());
        }
    }

    private List<Waiting> take() {
        lock.lock();
        try {
            List<Waiting> taken = new ArrayList<>();
            int room = BATCH_LIMIT;
            while (!queue.isEmpty()
                    && (taken.isEmpty() || queue.getFirst().transactions.size() <= room)) {
                taken.add(queue.remove());
                room -= taken.getLast().transactions.size();
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void carry(List<Waiting> taken) {
        try {
            List<Written> written =
                    run(taken.stream().flatMap(one -> one.transactions.stream()).toList());
            int from = 0;
            for (Waiting one : taken) {
                int to = from + one.transactions.size();
                one.answer.complete(List.copyOf(written.subList(from, to)));
                from = to;
            }
        } catch (StoreUnavailable e) {
            taken.forEach(waiting -> waiting.answer.completeExceptionally(e));
        } catch (RuntimeException e) {
            // A bug in one transaction must not fail those that happened to travel with it.
            if (taken.size() == 1) {
                taken.getFirst().answer.completeExceptionally(e);
            } else {
                taken.forEach(waiting -> carry(List.of(waiting)));
            }
        } finally {
            taken.forEach(waiting -> waiting.answer.completeExceptionally(
                    new IllegalStateException("the batch ended without an answer")));
        }
    }

    /** Many transactions, in batches and in company; each batch happens or does not happen by itself. */
    List<Written> writeAll(List<List<Write>> transactions) {
        List<Written> written = new ArrayList<>();
        for (int from = 0; from < transactions.size(); from += BATCH_LIMIT) {
            List<List<Write>> batch = transactions.subList(from, Math.min(transactions.size(), from + BATCH_LIMIT));
            written.addAll(together(List.copyOf(batch)));
        }
        return List.copyOf(written);
    }

    private List<Written> run(List<List<Write>> transactions) {
        Optional<PostgresDatabase.Conflict> last = Optional.empty();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                // The position is read before the transaction begins: whatever it counts has been committed by then.
                long position = stamp.getAsLong();
                PostgresBatch.Outcome outcome =
                        database.transaction(handle -> PostgresBatch.run(handle, transactions, position));
                if (outcome.logged()) {
                    logged.run();
                }
                return outcome.written();
            } catch (PostgresDatabase.Conflict e) {
                last = Optional.of(e);
            }
        }
        throw new StoreUnavailable("too many write the same at once: "
                + last.map(Throwable::getMessage).orElse(""));
    }
}
