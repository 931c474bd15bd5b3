package yunqi.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostId;
import yunqi.core.host.HostSeen;
import yunqi.core.host.HostSpec;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImageSpec;
import yunqi.core.image.ImageType;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.instance.Phase;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.NetworkSpec;
import yunqi.core.project.Project;
import yunqi.core.wire.Wire;
import yunqi.drivers.fake.FakeNetworks;
import yunqi.drivers.fake.Faults;
import yunqi.server.host.HostTable;
import yunqi.server.image.FlavorTable;
import yunqi.server.image.ImageTable;
import yunqi.server.instance.AssignmentOf;
import yunqi.server.instance.InstanceTable;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.StoreWrapper;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** A control loop over a store in memory, on a clock that the test turns; flavor, image and network are there. */
abstract class ControlSite {
    static final Name SMALL = new Name("small");
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    final Store store = MemoryStore.forSimulation(() -> now);
    final FakeNetworks networks = new FakeNetworks(Faults.NONE);
    final Control control = control("one");
    long ids;
    UUID network = new UUID(9, 9);

    Consumer<UUID> looked = _ -> {};

    Control control(String owner) {
        Store store = new StoreWrapper(this.store) {
            @Override
            public Optional<Row> get(UUID id) {
                looked.accept(id);
                return super.get(id);
            }
        };
        Decided decided = new Decided();
        InstanceWork instances = new InstanceWork(store, decided);
        return new Control(
                store,
                () -> now,
                owner,
                List.of(instances, new NetworkWork(store, decided, networks), new HostWork(store, decided, instances)));
    }

    @BeforeEach
    void site() {
        create(FlavorTable.KIND, Optional.empty(), SMALL, new FlavorSpec(1, Bytes.mebibytes(512), Bytes.gibibytes(1)));
        create(
                ImageTable.KIND,
                Optional.of(Project.LIBRARY),
                new Name("busybox"),
                new ImageSpec(
                        ImageType.CONTAINER,
                        "library/busybox",
                        new Digest("sha256:" + "a".repeat(64)),
                        new Bytes(1),
                        new Bytes(0),
                        "amd64",
                        false,
                        false,
                        ""));
        network = create(NetworkTable.KIND, Optional.of(Project.DEFAULT), new Name("default"), NetworkSpec.FIRST);
    }

    void settle() {
        for (int i = 0; i < 20; i++) {
            control.step();
            now = now.plusSeconds(2);
        }
    }

    Instance read(UUID id) {
        return InstanceTable.read(store.get(id).orElseThrow());
    }

    void delete(UUID id) {
        store.write(List.of(
                new Write.MarkDeleted(id, store.get(id).orElseThrow().meta().generation(), now)));
    }

    void report(UUID id, UUID host, Phase phase) {
        Instance instance = read(id);
        InstanceSeen seen = new InstanceSeen(
                new HostId(host),
                instance.decided().runEpoch(),
                phase,
                phase == Phase.RUNNING,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                "",
                "",
                0,
                AssignmentOf.instance(instance).map(Assignment::applied).orElse(""),
                Optional.of("boot"),
                Optional.empty());
        store.write(List.of(new Write.Observe(id, instance.meta().observation(), Wire.write(seen))));
    }

    static InstanceSpec spec() {
        return spec(new InstanceSpec.Nic(new Name("default"), Optional.empty()));
    }

    static InstanceSpec spec(InstanceSpec.Nic nic) {
        return new InstanceSpec(
                ImageType.CONTAINER,
                new Name("busybox"),
                SMALL,
                List.of(nic),
                true,
                RestartPolicy.ALWAYS,
                List.of(),
                new TreeMap<>(),
                Optional.empty(),
                List.of(),
                Labels.NONE,
                Optional.empty(),
                0);
    }

    UUID instance(String name, InstanceSpec spec) {
        return create(InstanceTable.KIND, Optional.of(Project.DEFAULT), new Name(name), spec);
    }

    UUID host(String name, long mebibytes) {
        UUID id = create(HostTable.KIND, Optional.empty(), new Name(name), HostSpec.FIRST);
        HostFacts facts = new HostFacts(
                name,
                "amd64",
                "6",
                "Debian",
                "boot",
                2,
                Bytes.mebibytes(mebibytes),
                List.of(new HostFacts.Disk("/", Bytes.gibibytes(1000), Bytes.gibibytes(1000))),
                "v2",
                new HostFacts.Kvm(false, "not tried"),
                new TreeMap<>(Map.of()),
                "test");
        // Heard from for as long as these tests turn the clock.
        HostSeen seen = new HostSeen(
                Optional.of(facts),
                Optional.of(now.plus(Duration.ofHours(1))),
                List.of(),
                List.of(),
                Optional.of("boot"),
                Optional.empty());
        store.write(List.of(new Write.Observe(id, 0, Wire.write(seen))));
        return id;
    }

    UUID create(String kind, Optional<Name> project, Name name, Object spec) {
        UUID id = new UUID(1, ++ids);
        Meta meta = new Meta(id, project, name, Labels.NONE, 1, 0, 0, 0, now, Optional.empty());
        Written written = store.write(List.of(
                new Write.Create(new Row(kind, meta, Wire.write(spec), Row.EMPTY, Row.EMPTY, Optional.empty()))));
        assertThat(written).isInstanceOf(Written.Done.class);
        return id;
    }
}
