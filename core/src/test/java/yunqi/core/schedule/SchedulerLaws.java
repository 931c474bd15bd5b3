package yunqi.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import yunqi.core.base.Bytes;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.host.Capacity;
import yunqi.core.host.HostId;

/** Whatever hosts there are and whatever is asked for. */
class SchedulerLaws {
    private static final int DEMANDS = 300;

    private static Capacity some(Random random, int most) {
        return new Capacity(
                random.nextInt(most) * 500L,
                Bytes.mebibytes(random.nextInt(most) * 256L),
                Bytes.gibibytes(random.nextInt(most)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void noHostIsPromisedMoreThanItHasAndNoRoomIsTrue(long seed) {
        Random random = new Random(seed);
        List<HostView> hosts = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(6); i++) {
            hosts.add(new HostView(
                    new HostId(new UUID(0, i)),
                    new Name("h" + i),
                    Labels.NONE,
                    some(random, 40),
                    Capacity.NONE,
                    random.nextInt(4) == 0 ? Set.of() : Set.of("docker"),
                    random.nextInt(5) == 0 ? "closed" : ""));
        }
        for (int i = 0; i < DEMANDS; i++) {
            Demand demand = new Demand(some(random, 6), "docker", Labels.NONE, Optional.empty());
            Placement placement = Scheduler.place(demand, hosts);
            List<HostView> shuffled = new ArrayList<>(hosts);
            Collections.shuffle(shuffled, random);
            switch (placement) {
                case Placement.Placed placed -> {
                    Placement again = Scheduler.place(demand, shuffled);
                    assertThat(again).isInstanceOf(Placement.Placed.class);
                    assertThat(((Placement.Placed) again).host())
                            .as("the order of the question does not matter")
                            .isEqualTo(placed.host());
                    assertThat(placed.others()).hasSize(hosts.size() - 1);
                    assertThat(placed.more()).isZero();
                    assertThat(Scheduler.fits(demand, hosts)).isTrue();
                    hosts.replaceAll(host -> host.id().equals(placed.host()) ? promised(host, demand.needs()) : host);
                }
                case Placement.NoRoom none -> {
                    assertThat(none.hosts()).hasSize(hosts.size());
                    assertThat(hosts).noneMatch(host -> fits(host, demand.needs()));
                    assertThat(Scheduler.fits(demand, hosts)).isFalse();
                }
            }
            assertThat(hosts).allMatch(host -> within(host.promised(), host.capacity()));
        }
    }

    private static HostView promised(HostView host, Capacity needs) {
        return new HostView(
                host.id(),
                host.name(),
                host.labels(),
                host.capacity(),
                host.promised().plus(needs),
                host.engines(),
                host.closed());
    }

    private static boolean fits(HostView host, Capacity needs) {
        return host.closed().isEmpty()
                && !host.engines().isEmpty()
                && within(host.promised().plus(needs), host.capacity());
    }

    private static boolean within(Capacity part, Capacity whole) {
        return part.milliCpus() <= whole.milliCpus()
                && part.memory().compareTo(whole.memory()) <= 0
                && part.disk().compareTo(whole.disk()) <= 0;
    }
}
