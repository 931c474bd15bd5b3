package yunqi.core.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.host.HostId;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.Phase;

final class SeenDigestTest {
    @Test
    void itIsTheDigestOfAllThatIsSeenWhateverCameAndWent() {
        Random random = new Random(7);
        SeenDigest kept = new SeenDigest();
        Map<UUID, InstanceSeen> seen = new TreeMap<>();
        assertThat(kept.digest()).isEqualTo(Digests.ofSeen(seen));
        for (int i = 0; i < 300; i++) {
            UUID id = new UUID(0, random.nextInt(12));
            if (random.nextInt(4) == 0 && !seen.isEmpty()) {
                UUID gone = seen.keySet().iterator().next();
                seen.remove(gone);
                kept.remove(gone);
                assertThat(kept.contains(gone)).isFalse();
            } else {
                InstanceSeen one = seen(random.nextLong(1, 9));
                seen.put(id, one);
                kept.putAll(Map.of(id, one));
                assertThat(kept.contains(id)).isTrue();
            }
            assertThat(kept.digest())
                    .isEqualTo(Digests.ofSeen(seen)); // each time: a change must not leave the last one standing
        }
        kept.clear();
        assertThat(kept.digest()).isEqualTo(Digests.ofSeen(Map.of()));
    }

    private static InstanceSeen seen(long epoch) {
        return new InstanceSeen(
                new HostId(new UUID(1, 2)),
                epoch,
                Phase.RUNNING,
                true,
                Optional.of(Instant.EPOCH),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                "trouble with \"quotes\" and \u00e4",
                "",
                0,
                "digest",
                Optional.of("boot"),
                Optional.empty());
    }
}
