package yunqi.drivers.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.libvirt.Connect;
import org.libvirt.Domain;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.Attachment;
import yunqi.core.wire.Digests;

/** What our part of a VM's creation costs: create and start through the driver against define and start of the same description by libvirt alone. */
final class LibvirtSpeedIT {
    private static final int ROUNDS = 10;
    private static final long LIMIT_MILLIS = 200; // the promise

    @Test
    void creationCostsLittleMoreThanLibvirtAlone() throws Exception {
        List<Long> ours = new ArrayList<>();
        List<Long> alone = new ArrayList<>();
        try (Rig rig = Rig.open("speed")) {
            Connect connect = new Connect("qemu+unix:///system?socket=" + rig.place.socket());
            for (int round = 0; round <= ROUNDS; round++) {
                InstanceId id = new InstanceId(UUID.randomUUID());
                InstancePlan plan = Rig.plan(id, Optional.empty());
                List<Attachment> taps = Rig.taps(plan);
                long begin = System.nanoTime();
                rig.driver.create(
                        new Assignment(plan, Assignment.Wanted.RUNNING, 1, RestartPolicy.ALWAYS, 0, Digests.of(plan)),
                        rig.image(),
                        taps);
                rig.driver.start(id);
                long through = System.nanoTime() - begin;
                String xml = Files.readString(rig.place.data().resolve("etc/qemu/yq-" + id + ".xml"));
                rig.driver.stop(id, Duration.ZERO);
                connect.domainLookupByUUID(id.value()).undefine();
                begin = System.nanoTime();
                Domain domain = connect.domainDefineXML(xml);
                domain.create();
                long bare = System.nanoTime() - begin;
                rig.driver.remove(id);
                if (round > 0) { // the first warms both up
                    ours.add(through / 1_000_000);
                    alone.add(bare / 1_000_000);
                }
            }
            connect.close();
        }
        System.out.printf(
                "create and start: driver %s ms, libvirt alone %s ms (medians of %d)%n",
                median(ours), median(alone), ROUNDS);
        // On a machine with other work everything takes longer, our part too.
        assertThat(median(ours) - median(alone)).isLessThan(LIMIT_MILLIS + median(alone) / 10);
    }

    private static long median(List<Long> times) {
        List<Long> sorted = new ArrayList<>(times);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
