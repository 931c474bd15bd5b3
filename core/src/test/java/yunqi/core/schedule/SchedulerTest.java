package yunqi.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.host.Capacity;
import yunqi.core.host.HostId;

class SchedulerTest {
    private static final Demand SMALL = new Demand(capacity(1000, 512, 1), "docker", Labels.NONE, Optional.empty());

    private static Capacity capacity(long milliCpus, long mebibytes, long gibibytes) {
        return new Capacity(milliCpus, Bytes.mebibytes(mebibytes), Bytes.gibibytes(gibibytes));
    }

    private static HostView host(int number, Capacity promised) {
        return new HostView(
                new HostId(new UUID(0, number)),
                new Name("h" + number),
                Labels.of(Map.of("disk", number == 1 ? "ssd" : "hdd")),
                capacity(8000, 8192, 100),
                promised,
                Set.of("docker"),
                "");
    }

    private static HostView closed(HostView host, String why) {
        return new HostView(
                host.id(), host.name(), host.labels(), host.capacity(), host.promised(), host.engines(), why);
    }

    private static HostView without(HostView host) {
        return new HostView(host.id(), host.name(), host.labels(), host.capacity(), host.promised(), Set.of(), "");
    }

    private static String refusal(Demand demand, HostView host) {
        assertThat(Scheduler.place(demand, List.of(host))).isInstanceOf(Placement.NoRoom.class);
        return ((Placement.NoRoom) Scheduler.place(demand, List.of(host))).words();
    }

    @Test
    void theHostThatWouldBeLeastFullIsTakenAndTheOthersSayWhyNot() {
        Placement placement = Scheduler.place(
                SMALL,
                List.of(host(1, capacity(4000, 0, 0)), host(2, capacity(1000, 0, 0)), host(3, capacity(2000, 0, 0))));
        assertThat(placement).isInstanceOf(Placement.Placed.class);
        Placement.Placed placed = (Placement.Placed) placement;
        assertThat(placed.name()).isEqualTo(new Name("h2"));
        assertThat(placed.reason()).isEqualTo("least full afterwards: 25 %");
        assertThat(placed.others())
                .extracting(Placement.Refusal::reason)
                .containsExactly("would be 63 % full, h2 less", "would be 38 % full, h2 less");
    }

    @Test
    void theExplanationBeginsWithTheHostThatWouldBeTakenAndSaysOfEachWhyOrWhyNot() {
        List<Scheduler.Verdict> verdicts = Scheduler.explain(
                SMALL,
                List.of(
                        without(host(1, Capacity.NONE)),
                        host(2, capacity(4000, 0, 0)),
                        host(3, capacity(1000, 0, 0)),
                        closed(host(4, Capacity.NONE), "is closed")));
        assertThat(verdicts)
                .containsExactly(
                        new Scheduler.Verdict(new Name("h3"), true, "the best: 25 % full afterwards"),
                        new Scheduler.Verdict(new Name("h2"), true, "could hold it: 63 % full afterwards"),
                        new Scheduler.Verdict(new Name("h1"), false, "its docker engine is not running"),
                        new Scheduler.Verdict(new Name("h4"), false, "is closed"));
    }

    @Test
    void equalHostsAreTakenByName() {
        Placement placement =
                Scheduler.place(SMALL, List.of(host(2, Capacity.NONE), host(1, Capacity.NONE), host(3, Capacity.NONE)));
        assertThat(((Placement.Placed) placement).name()).isEqualTo(new Name("h1"));
    }

    @Test
    void everyRefusalSaysWhatIsMissing() {
        assertThat(refusal(SMALL, host(1, capacity(7500, 0, 0)))).isEqualTo("h1: 0.5 vCPU free, 1 needed");
        assertThat(refusal(SMALL, host(1, capacity(0, 8000, 0)))).isEqualTo("h1: 192 MiB memory free, 512 MiB needed");
        assertThat(refusal(SMALL, host(1, capacity(0, 0, 100)))).isEqualTo("h1: 0 MiB disk free, 1024 MiB needed");
        assertThat(refusal(SMALL, without(host(1, Capacity.NONE)))).isEqualTo("h1: its docker engine is not running");
        assertThat(refusal(SMALL, closed(host(1, Capacity.NONE), "is being drained")))
                .isEqualTo("h1: is being drained");
        Demand ssd = new Demand(SMALL.needs(), "docker", Labels.of(Map.of("disk", "ssd")), Optional.empty());
        assertThat(refusal(ssd, host(2, Capacity.NONE))).contains("disk=ssd");
        Demand there = new Demand(SMALL.needs(), "docker", Labels.NONE, Optional.of(new Name("h9")));
        assertThat(refusal(there, host(2, Capacity.NONE))).contains("another host");
    }

    @Test
    void whatNoHostCouldEverHoldIsKnown() {
        Demand huge = new Demand(capacity(9000, 1, 0), "docker", Labels.NONE, Optional.empty());
        Placement.NoRoom never = (Placement.NoRoom) Scheduler.place(huge, List.of(host(1, Capacity.NONE)));
        Placement.NoRoom later = (Placement.NoRoom) Scheduler.place(SMALL, List.of(host(1, capacity(8000, 0, 0))));
        assertThat(never.forever()).isTrue();
        assertThat(later.forever()).isFalse();
        assertThat(((Placement.NoRoom) Scheduler.place(SMALL, List.of())).words())
                .contains("yunqi join");
    }
}
