package yunqi.core.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random users of the queue, against a plain model of what each key may expect. */
class WorkQueueLaws {
    private static final int STEPS = 2_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void noWakeUpIsLostAndNoKeyIsWorkedOnTwiceAtOnce(long seed) {
        Random random = new Random(seed);
        WorkQueue<Integer> queue = new WorkQueue<>(new Backoff(Duration.ofMillis(10), Duration.ofSeconds(1)));
        Map<Integer, Instant> owed = new HashMap<>(); // by when each key must be given out
        Map<Integer, Boolean> working = new HashMap<>();
        Instant now = Instant.EPOCH;
        for (int i = 0; i < STEPS; i++) {
            int key = random.nextInt(8);
            switch (random.nextInt(4)) {
                case 0 -> {
                    Instant due = now.plusMillis(random.nextInt(100));
                    queue.wake(key, due);
                    owed.merge(key, due, (a, b) -> a.isBefore(b) ? a : b);
                }
                case 1 -> {
                    Optional<Integer> taken = queue.take(now);
                    if (taken.isPresent()) {
                        assertThat(working.put(taken.get(), true)).isNotEqualTo(true);
                        Instant due = owed.remove(taken.get());
                        assertThat(due).isNotNull().isBeforeOrEqualTo(now);
                    } else {
                        for (Map.Entry<Integer, Instant> debt : owed.entrySet()) {
                            boolean busy = working.getOrDefault(debt.getKey(), false);
                            assertThat(busy || debt.getValue().isAfter(now)).isTrue();
                        }
                    }
                }
                case 2 -> {
                    if (working.getOrDefault(key, false)) {
                        working.put(key, false);
                        Duration pause = Duration.ofMillis(random.nextInt(50));
                        boolean done = random.nextBoolean();
                        queue.finish(key, done ? new Again.Done() : new Again.After(pause), now);
                        if (!done) {
                            owed.merge(key, now.plus(pause), (a, b) -> a.isBefore(b) ? a : b);
                        }
                    }
                }
                default -> now = now.plusMillis(random.nextInt(20));
            }
        }
    }
}
