package yunqi.agent.control;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.agent.control.OneHost.container;
import static yunqi.agent.control.OneHost.id;
import static yunqi.agent.control.OneHost.vm;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Found;
import yunqi.drivers.fake.FakeHost;
import yunqi.drivers.fake.Faults;

class InventoryTest {
    private final Faults.Switches vmFaults = new Faults.Switches();
    private final FakeHost vms = machine("vms", vmFaults);
    private final FakeHost containers = machine("containers", new Faults.Switches());
    private final Inventory inventory = new Inventory(new Engines(
            List.of(vms.instances(ImageType.VM), containers.instances(ImageType.CONTAINER)), List.of(), vms.ports()));

    private static FakeHost machine(String name, Faults faults) {
        return new FakeHost(new FakeHost.Setup(name, () -> Instant.EPOCH, faults, Duration.ZERO, _ -> true, _ -> {}));
    }

    private static void create(FakeHost machine, Assignment assignment) throws EngineException {
        ImageType type = assignment.plan().type();
        LocalImage image = new LocalImage(assignment.plan().image().digest(), type, "some");
        machine.instances(type).create(assignment, image, List.of());
    }

    @Test
    void anEngineThatIsAwayDoesNotHideWhatTheOthersHave() throws EngineException {
        create(vms, vm(1, 64));
        create(containers, container(2, "sleep 1"));
        assertThat(inventory.look(_ -> {}).found()).containsOnlyKeys(id(1), id(2));

        vmFaults.set("instance.list", new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE));
        create(containers, container(3, "sleep 1"));
        Inventory.Round round = inventory.look(_ -> {});
        assertThat(round.away()).containsExactly(ImageType.VM);
        assertThat(round.changed())
                .as("nothing new is known of the engine that is away")
                .containsExactly(id(3));
        assertThat(round.found()).as("what it had is not taken for gone").containsOnlyKeys(id(1), id(2), id(3));

        vmFaults.clear();
        vms.instances(ImageType.VM).remove(id(1));
        assertThat(inventory.look(_ -> {}).changed()).containsExactly(id(1));
    }

    @Test
    void anEndIsFoundWhileAnotherEngineIsAway() throws EngineException {
        create(containers, container(2, "sleep 1"));
        containers.instances(ImageType.CONTAINER).start(id(2));
        vmFaults.set("instance", new Faults.Fault.Fails(EngineException.Kind.UNAVAILABLE));
        inventory.look(_ -> {});
        containers.crash(id(2), 1);
        Inventory.Round round = inventory.look(_ -> {});
        assertThat(round.changed()).containsExactly(id(2));
        Found found = round.found().get(id(2));
        assertThat(found).extracting(Found::state).isEqualTo(Found.State.EXITED);
    }
}
