package yunqi.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.core.base.Cidr;
import yunqi.core.base.Event;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.image.FlavorSpec;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.instance.Phase;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.wire.Wire;
import yunqi.server.host.HostTable;
import yunqi.server.image.FlavorTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.network.NetworkRemains;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.Row;
import yunqi.server.store.Write;

/** What control decides, step by step, on a clock that the test turns. */
final class ControlTest extends ControlSite {
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
}
