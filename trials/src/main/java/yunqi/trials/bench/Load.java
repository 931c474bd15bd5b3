package yunqi.trials.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Calls made by many clients at once, each waiting for its answer, and how long each took. */
final class Load {
    private final double[] milliseconds; // sorted
    private final double seconds;

    private Load(double[] milliseconds, double seconds) {
        this.milliseconds = milliseconds;
        this.seconds = seconds;
    }

    /** One of the calls; {@code number} counts from 0. */
    interface Call {
        void make(int number) throws Exception;
    }

    /** So many calls by so many clients, as fast as they are answered. Throws what the first failed one threw. */
    static Load closed(int calls, int clients, Call call) throws Exception {
        return run(calls, clients, Double.POSITIVE_INFINITY, call);
    }

    /** So many calls, one every {@code 1 / rate} seconds. A call's time counts from when it was due: waiting for a free client is the server's slowness too. */
    static Load open(int calls, double rate, int clients, Call call) throws Exception {
        return run(calls, clients, rate, call);
    }

    private static Load run(int calls, int clients, double rate, Call call) throws Exception {
        double[] took = new double[calls];
        AtomicInteger next = new AtomicInteger();
        Queue<Exception> failed = new ConcurrentLinkedQueue<>();
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < clients; client++) {
                threads.execute(() -> {
                    for (int i = next.getAndIncrement(); i < calls; i = next.getAndIncrement()) {
                        try {
                            long due = start + (Double.isInfinite(rate) ? 0 : (long) (i / rate * 1e9));
                            long wait = due - System.nanoTime();
                            if (wait > 0) {
                                Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
                            }
                            long from = Double.isInfinite(rate) ? System.nanoTime() : due;
                            call.make(i);
                            took[i] = (System.nanoTime() - from) / 1e6;
                        } catch (Exception e) {
                            failed.add(e);
                            next.set(calls);
                        }
                    }
                });
            }
        }
        if (!failed.isEmpty()) {
            throw failed.remove();
        }
        Arrays.sort(took);
        return new Load(took, (System.nanoTime() - start) / 1e9);
    }

    double perSecond() {
        return milliseconds.length / seconds;
    }

    /** In milliseconds: so many of a hundred calls took at most this. */
    double percentile(double percent) {
        return milliseconds[(int) Math.min(milliseconds.length - 1, milliseconds.length * percent / 100)];
    }

    String words() {
        return String.format(Locale.ROOT, "median %.1f ms, p99 %.1f ms", percentile(50), percentile(99));
    }
}
