package yunqi.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.instance.Phase;

final class SweepTest extends ControlSite {
    @Test
    void aSweepReadsNothingThatItKnowsAndAllInTurn() {
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            host("h" + i, 1 << 20);
        }
        for (int i = 0; i < 60; i++) {
            ids.add(instance("i" + i, spec()));
        }
        settle();
        ids.forEach(id -> report(id, read(id).decided().host().orElseThrow().value(), Phase.RUNNING));
        settle();
        Set<UUID> read = new HashSet<>();
        Set<UUID> all = new HashSet<>();
        List<Integer> readByOne = new ArrayList<>();
        looked = read::add;

        for (int sweep = 0; sweep < 20; sweep++) {
            read.clear();
            now = now.plus(Control.SWEEP);
            control.step();
            read.retainAll(ids);
            all.addAll(read);
            readByOne.add(read.size());
        }

        assertThat(all)
                .as("looked at within ten minutes, whatever the log said")
                .containsAll(ids);
        assertThat(readByOne).allSatisfy(count -> assertThat(count).isLessThan(20));
    }
}
