package yunqi.core.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class WorkQueueTest {
    private static final Instant T0 = Instant.EPOCH;
    private final WorkQueue<String> queue = new WorkQueue<>(new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(10)));

    private static Instant at(long seconds) {
        return T0.plusSeconds(seconds);
    }

    @Test
    void keysComeInTheOrderOfTheirTimesThenOfTheirWakeUps() {
        queue.wake("c", at(2));
        queue.wake("a", at(1));
        queue.wake("b", at(1));
        assertThat(queue.nextDue()).contains(at(1));
        assertThat(queue.take(at(0))).isEmpty();
        assertThat(queue.take(at(5))).contains("a");
        assertThat(queue.take(at(5))).contains("b");
        assertThat(queue.take(at(5))).contains("c");
        assertThat(queue.take(at(5))).isEmpty();
    }

    @Test
    void aKeyIsThereOnceAndAtItsEarliestTime() {
        queue.wake("a", at(5));
        queue.wake("a", at(2));
        queue.wake("a", at(9));
        assertThat(queue.nextDue()).contains(at(2));
        assertThat(queue.take(at(9))).contains("a");
        assertThat(queue.take(at(9))).isEmpty();
    }

    @Test
    void aKeyThatIsWokenWhileItIsWorkedOnComesBackRightAfter() {
        queue.wake("a", at(0));
        queue.take(at(0));
        queue.wake("a", at(1));
        assertThat(queue.take(at(3))).as("only one works on it").isEmpty();
        queue.finish("a", new Again.Done(), at(3));
        assertThat(queue.take(at(3))).contains("a");
    }

    @Test
    void theEarlierOfAWakeUpAndAPauseWins() {
        queue.wake("a", at(0));
        queue.take(at(0));
        queue.wake("a", at(50));
        queue.finish("a", new Again.After(Duration.ofSeconds(5)), at(1));
        assertThat(queue.nextDue()).contains(at(6));
    }

    @Test
    void pausesGrowWithEachFailureAndAreForgottenAfterASuccess() {
        long[] pauses = {1, 2, 4, 8, 10, 10};
        long now = 0;
        queue.wake("a", at(0));
        for (long pause : pauses) {
            assertThat(queue.take(at(now))).contains("a");
            queue.finish("a", new Again.Failed("no"), at(now));
            assertThat(queue.nextDue()).contains(at(now + pause));
            now += pause;
        }
        queue.take(at(now));
        queue.finish("a", new Again.After(Duration.ZERO), at(now));
        queue.take(at(now));
        queue.finish("a", new Again.Failed("no"), at(now));
        assertThat(queue.nextDue()).contains(at(now + 1));
    }

    @Test
    void nothingIsKeptOfWhatIsDone() {
        queue.wake("a", at(0));
        queue.take(at(0));
        assertThat(queue.size()).isEqualTo(1);
        queue.finish("a", new Again.Done(), at(0));
        assertThat(queue.size()).isZero();
        assertThat(queue.nextDue()).isEmpty();
    }

    @Test
    void whatWasNotTakenCannotBeFinished() {
        queue.wake("a", at(0));
        assertThatThrownBy(() -> queue.finish("a", new Again.Done(), at(0))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> queue.finish("b", new Again.Done(), at(0))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aClockThatIsSetBackHoldsNothingUp() {
        queue.wake("a", at(7_210));
        queue.wake("b", at(7_205));
        assertThat(queue.take(at(7_200))).isEmpty();
        assertThat(queue.take(at(0))).isEmpty();
        assertThat(queue.nextDue()).contains(at(5));
        assertThat(queue.take(at(5))).contains("b");
        queue.wake("a", at(6));
        assertThat(queue.take(at(6))).contains("a");
        assertThat(queue.take(at(20_000))).isEmpty();
    }
}
