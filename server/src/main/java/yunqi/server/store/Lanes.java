package yunqi.server.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * Brings questions to where they are answered in batches: whoever comes while others are under way waits with those who came too, and one of them takes all along.
 * Nobody waits for a timer: alone, a question goes at once; under load the batches grow by themselves. What a question is answered by began after it was asked.
 */
final class Lanes<Q, A> {
    private final int limit;
    private final ToIntFunction<Q> weight;
    private final Function<List<Q>, List<A>> run;
    private final Semaphore free;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Waiting<Q, A>> queue = new ArrayDeque<>();

    private record Waiting<Q, A>(Q question, CompletableFuture<A> answer) {}

    /** At most {@code count} batches at once, each of at most this weight (or of one question); {@code run} gives one answer for each question, in order. */
    Lanes(int count, int limit, ToIntFunction<Q> weight, Function<List<Q>, List<A>> run) {
        this.free = new Semaphore(count);
        this.limit = limit;
        this.weight = weight;
        this.run = run;
    }

    /** Asks, in company if there is any. */
    A ask(Q question) {
        Waiting<Q, A> mine = new Waiting<>(question, new CompletableFuture<>());
        lock.lock();
        try {
            queue.add(mine);
        } finally {
            lock.unlock();
        }
        free.acquireUninterruptibly();
        try {
            if (!mine.answer.isDone()) {
                carry(take());
            }
        } finally {
            free.release();
        }
        // Either it was in what we took, or whoever took it before us answers when done.
        return answer(mine);
    }

    private A answer(Waiting<Q, A> mine) {
        try {
            return mine.answer.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof StoreUnavailable unavailable) {
                // A new one: its stack trace is this caller's.
                throw new StoreUnavailable(String.valueOf(unavailable.getMessage()), unavailable);
            }
            throw new IllegalStateException("what was asked failed: " + e.getCause(), e.getCause());
        }
    }

    private List<Waiting<Q, A>> take() {
        lock.lock();
        try {
            List<Waiting<Q, A>> taken = new ArrayList<>();
            int room = limit;
            while (!queue.isEmpty() && (taken.isEmpty() || weight.applyAsInt(queue.getFirst().question) <= room)) {
                taken.add(queue.remove());
                room -= weight.applyAsInt(taken.getLast().question);
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void carry(List<Waiting<Q, A>> taken) {
        try {
            List<A> answers = run.apply(taken.stream().map(Waiting::question).toList());
            for (int i = 0; i < taken.size(); i++) {
                taken.get(i).answer.complete(answers.get(i));
            }
        } catch (StoreUnavailable e) {
            taken.forEach(waiting -> waiting.answer.completeExceptionally(e));
        } catch (RuntimeException e) {
            // A bug about one question must not fail those that happened to travel with it.
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
}
