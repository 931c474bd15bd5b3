package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final Duration GAP = Duration.ofMillis(10);

    @Test
    void aBurstIsNotHeldUp() {
        Pace pace = new Pace(GAP, 3, 0);
        assertThat(pace.pause(0)).isZero();
        assertThat(pace.pause(0)).isZero();
        assertThat(pace.pause(0)).isEqualTo(GAP);
    }

    @Test
    void inTheLongRunTheGapHolds() {
        long now = Long.MAX_VALUE - Duration.ofSeconds(1).toNanos(); // nanoTime may run over
        long start = now;
        Pace pace = new Pace(GAP, 20, now);
        for (int turn = 0; turn < 1_000; turn++) {
            now += pace.pause(now).toNanos();
        }
        assertThat(Duration.ofNanos(now - start)).isEqualTo(GAP.multipliedBy(1_000 - 19));
    }

    @Test
    void restFillsTheBucketAndNoMore() {
        Pace pace = new Pace(GAP, 3, 0);
        for (int turn = 0; turn < 3; turn++) {
            assertThat(pace.pause(0)).isLessThanOrEqualTo(GAP);
        }
        long later = Duration.ofHours(1).toNanos();
        assertThat(pace.pause(later)).isZero();
        assertThat(pace.pause(later)).isZero();
        assertThat(pace.pause(later)).isEqualTo(GAP);
    }
}
