package yunqi.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.core.base.Cidr;
import yunqi.core.base.Digest;
import yunqi.core.base.Event;
import yunqi.core.base.IpAddress;
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
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.instance.Phase;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.NetworkSpec;
import yunqi.core.project.Project;
import yunqi.core.wire.Wire;
import yunqi.drivers.fake.FakeNetworks;
import yunqi.drivers.fake.Faults;
import yunqi.server.host.HostTable;
import yunqi.server.image.FlavorTable;
import yunqi.server.image.ImageTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.network.NetworkRemains;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/** What control decides, step by step, on a clock that the test turns. */
final class ControlTest {
    private static final Name SMALL = new Name("small");
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Store store = MemoryStore.forSimulation(() -> now);
    private final FakeNetworks networks = new FakeNetworks(Faults.NONE);
    private final Control control = control("one");
    private long ids;
    private UUID network = new UUID(9, 9);

    private Control control(String owner) {
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

    @Test
    void anInstanceIsPlacedWithAddressPortAndCharge() {
        UUID host = host("h1", 2048);
        UUID id = instance("web", spec());
        control.step();

        Instance web = read(id);
        assertThat(web.decided().host()).contains(new HostId(host));
        assertThat(web.decided().runEpoch()).isEqualTo(1);
        assertThat(web.decided().nics().getFirst().ip()).isEqualTo(IpAddress.parse("10.0.0.2"));
        assertThat(store.charged(HostTable.pool(host)).memoryBytes()).isEqualTo(512L << 20);
        assertThat(store.claims(NetworkTable.addresses(network))).containsExactly("10.0.0.2");
        List<NetworkPlan.Port> ports =
                networks.plan(new NetworkId(network)).orElseThrow().ports();
        assertThat(ports).extracting(NetworkPlan.Port::instance).containsExactly(new Name("web"));
    }

    @Test
    void whatFindsNoRoomSaysWhyAndIsPlacedWhenThereIs() {
        host("h1", 1024 + 600);
        instance("first", spec());
        UUID second = instance("second", spec());
        control.step();
        assertThat(read(second).decided().host()).isEmpty();
        var wait = read(second).decided().waiting().orElseThrow();
        assertThat(wait.code()).isEqualTo("no-room");
        assertThat(wait.message()).contains("h1").contains("300 MiB memory free, 512 MiB needed");

        host("h2", 4096);
        control.step();
        assertThat(read(second).decided().host()).isPresent();
        assertThat(read(second).decided().waiting()).isEmpty();
    }

    @Test
    void hundredInstancesHaveHundredAddressesAndNoHostIsOversold() {
        UUID h1 = host("h1", 32 * 1024);
        UUID h2 = host("h2", 32 * 1024);
        Set<IpAddress> addresses = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            instance("i" + i, spec());
        }
        settle();
        int placed = 0;
        for (Row row :
                store.list(yunqi.server.store.Query.all(InstanceTable.KIND)).rows()) {
            Instance instance = InstanceTable.read(row);
            if (instance.decided().host().isPresent()) {
                placed++;
                assertThat(addresses.add(instance.decided().nics().getFirst().ip()))
                        .isTrue();
            }
        }
        // 2 processors, 4 times promised, 8 instances of one on each host.
        assertThat(placed).isEqualTo(16);
        for (UUID host : List.of(h1, h2)) {
            assertThat(store.charged(HostTable.pool(host))
                            .within(store.limit(HostTable.pool(host)).orElseThrow()))
                    .isTrue();
        }
    }

    @Test
    void aWishedAddressIsGivenOrItSaysWhoseItIs() {
        host("h1", 8192);
        UUID first = instance(
                "first", spec(new InstanceSpec.Nic(new Name("default"), Optional.of(IpAddress.parse("10.0.0.77")))));
        control.step();
        UUID second = instance(
                "second", spec(new InstanceSpec.Nic(new Name("default"), Optional.of(IpAddress.parse("10.0.0.77")))));
        control.step();
        assertThat(read(first).decided().nics().getFirst().ip()).isEqualTo(IpAddress.parse("10.0.0.77"));
        assertThat(read(second).decided().waiting().orElseThrow().code()).isEqualTo("address-taken");
    }

    @Test
    void aDeletedInstanceIsForgottenOnlyWhenItsHostSaysItIsGone() {
        UUID host = host("h1", 8192);
        UUID id = instance("web", spec());
        control.step();
        delete(id);
        settle();
        assertThat(store.get(id)).isPresent();
        assertThat(store.claims(NetworkTable.addresses(network))).hasSize(1);

        report(id, host, Phase.ABSENT);
        control.step();
        assertThat(store.get(id)).isEmpty();
        assertThat(store.claims(NetworkTable.addresses(network))).isEmpty();
        assertThat(store.charged(HostTable.pool(host)).memoryBytes()).isZero();
        assertThat(networks.plan(new NetworkId(network)).orElseThrow().ports()).isEmpty();
    }

    @Test
    void anotherFlavorIsChargedAndDecidedOnTheSameHost() {
        UUID host = host("h1", 8192);
        create(
                FlavorTable.KIND,
                Optional.empty(),
                new Name("big"),
                new FlavorSpec(2, Bytes.mebibytes(1024), Bytes.gibibytes(1)));
        UUID id = instance("web", spec());
        control.step();
        Instance before = read(id);
        InstanceSpec old = before.spec();
        InstanceSpec big = new InstanceSpec(
                old.type(),
                old.image(),
                new Name("big"),
                old.networks(),
                true,
                old.restart(),
                old.command(),
                old.env(),
                old.userData(),
                old.keys(),
                old.hostLabels(),
                old.host(),
                0);
        store.write(List.of(new Write.Declare(id, before.meta().generation(), Labels.NONE, Wire.write(big))));
        control.step();
        Instance after = read(id);
        assertThat(after.decided().shape().orElseThrow().vcpus()).isEqualTo(2);
        assertThat(after.decided().runEpoch()).isEqualTo(before.decided().runEpoch());
        assertThat(after.decided().nics()).isEqualTo(before.decided().nics());
        assertThat(store.charged(HostTable.pool(host)).memoryBytes()).isEqualTo(1024L << 20);
    }

    @Test
    void aNetworkGoesOnlyWhenNobodyHasAnAddressInItAndAgainWhenItShowsUp() throws Exception {
        UUID host = host("h1", 8192);
        UUID id = instance("web", spec());
        control.step();
        NetworkPlan plan = networks.plan(new NetworkId(network)).orElseThrow();
        delete(id);
        delete(network);
        settle();
        assertThat(store.get(network)).isPresent();
        report(id, host, Phase.ABSENT);
        settle();
        assertThat(store.get(network)).isEmpty();
        assertThat(networks.plans()).isEmpty();
        networks.apply(plan, 1);
        settle();
        assertThat(networks.plans()).as("its deletion is on record").isEmpty();
    }

    @Test
    void whatIsDecidedAndWaitedForIsTold() {
        UUID id = instance("web", spec());
        settle();
        assertThat(store.story(id).events()).extracting(Event::what).containsExactly("waiting");
        Event waited = store.story(id).events().getFirst();
        assertThat(waited.message()).startsWith("no-room: there is no host");
        assertThat(waited.count()).as("repeated ones are counted").isGreaterThan(1);

        host("h1", 8192);
        settle();
        assertThat(store.story(id).events().getLast().message()).startsWith("on h1: least full afterwards");
        assertThat(store.story(network).events()).extracting(Event::what).containsExactly("ready");
    }

    @Test
    void aNetworkThatNobodyKnowsIsLeftAndShownUntilItsDeletionIsOnRecord() throws Exception {
        NetworkId stray = new NetworkId(new UUID(7, 7));
        networks.apply(
                new NetworkPlan(
                        stray,
                        new Name("x"),
                        new Name("y"),
                        Cidr.parse("10.1.0.0/24"),
                        IpAddress.parse("10.1.0.1"),
                        "x.internal",
                        1442,
                        List.of()),
                0);
        settle();
        assertThat(networks.plan(stray)).as("nothing is destroyed on a guess").isPresent();
        assertThat(NetworkRemains.orphans(store))
                .extracting(NetworkRemains.Orphan::id)
                .containsExactly(stray.value());

        store.write(NetworkRemains.bury(store, stray.value(), now));
        settle();
        assertThat(networks.plan(stray)).isEmpty();
        assertThat(NetworkRemains.orphans(store)).isEmpty();
    }

    @Test
    void onlyOneServerDecidesAndItsSuccessorGoesOn() {
        Control two = control("two");
        host("h1", 8192);
        control.step();
        two.step();
        assertThat(control.leading()).isTrue();
        assertThat(two.leading()).isFalse();

        UUID id = instance("web", spec());
        now = now.plus(Control.LEASE).plusSeconds(1);
        two.step();
        assertThat(two.leading()).isTrue();
        assertThat(read(id).decided().host()).isPresent();
        control.step();
        assertThat(control.leading()).isFalse();
    }

    private void settle() {
        for (int i = 0; i < 20; i++) {
            control.step();
            now = now.plusSeconds(2);
        }
    }

    private Instance read(UUID id) {
        return InstanceTable.read(store.get(id).orElseThrow());
    }

    private void delete(UUID id) {
        store.write(List.of(
                new Write.MarkDeleted(id, store.get(id).orElseThrow().meta().generation(), now)));
    }

    private void report(UUID id, UUID host, Phase phase) {
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
                "",
                Optional.of("boot"),
                Optional.empty());
        store.write(List.of(new Write.Observe(id, instance.meta().observation(), Wire.write(seen))));
    }

    private static InstanceSpec spec() {
        return spec(new InstanceSpec.Nic(new Name("default"), Optional.empty()));
    }

    private static InstanceSpec spec(InstanceSpec.Nic nic) {
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

    private UUID instance(String name, InstanceSpec spec) {
        return create(InstanceTable.KIND, Optional.of(Project.DEFAULT), new Name(name), spec);
    }

    private UUID host(String name, long mebibytes) {
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

    private UUID create(String kind, Optional<Name> project, Name name, Object spec) {
        UUID id = new UUID(1, ++ids);
        Meta meta = new Meta(id, project, name, Labels.NONE, 1, 0, 0, 0, now, Optional.empty());
        Written written = store.write(List.of(
                new Write.Create(new Row(kind, meta, Wire.write(spec), Row.EMPTY, Row.EMPTY, Optional.empty()))));
        assertThat(written).isInstanceOf(Written.Done.class);
        return id;
    }
}
