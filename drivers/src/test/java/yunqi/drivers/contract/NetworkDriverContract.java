package yunqi.drivers.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.drivers.contract.Eventually.complains;
import static yunqi.drivers.contract.Eventually.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Cidr;
import yunqi.core.base.EngineException;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.network.Network;
import yunqi.core.network.NetworkDriver;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.PortId;

/** What every {@link NetworkDriver} does. Networks made here are removed after each test; what passes between ports is the engine's own suite. */
public abstract class NetworkDriverContract {
    private static final Cidr BLOCK = Cidr.parse("10.7.0.0/24");
    private final List<NetworkId> made = new ArrayList<>();
    private long raised;

    /** The driver under test. The same object within one test. */
    protected abstract NetworkDriver driver();

    /** Another driver object on the same engine, as after a restart of the server. */
    protected abstract NetworkDriver reopened();

    /** An epoch that is not below any that this engine has seen; {@code 10} for one that starts empty. */
    protected long firstEpoch() {
        return 10;
    }

    /** The ports that the engine has in this network, in any order; empty if the network isn't there. */
    protected abstract List<PortId> portsIn(NetworkId id) throws Exception;

    /** How long anything may take here. */
    protected abstract Duration patience();

    /** Puts a network into the engine that isn't ours, and gives back what removes it; empty if that is impossible. */
    protected Optional<AutoCloseable> stranger() throws Exception {
        return Optional.empty();
    }

    private long epoch() {
        return firstEpoch() + raised;
    }

    private NetworkId newId() {
        NetworkId id = new NetworkId(UUID.randomUUID());
        made.add(id);
        return id;
    }

    private static NetworkPlan.Port port(int number, Optional<HostId> host) {
        return new NetworkPlan.Port(
                new PortId(UUID.randomUUID()),
                new Name("i" + number),
                MacAddress.of(BLOCK.at(number)),
                BLOCK.at(number),
                host);
    }

    private static NetworkPlan plan(NetworkId id, NetworkPlan.Port... ports) {
        return new NetworkPlan(
                id,
                new Name("default"),
                new Name("net"),
                BLOCK,
                BLOCK.at(1),
                "default.internal",
                Network.MTU,
                List.of(ports));
    }

    private void awaitPorts(NetworkId id, NetworkPlan.Port... ports) throws Exception {
        List<PortId> wanted = java.util.Arrays.stream(ports)
                .map(NetworkPlan.Port::id)
                .sorted()
                .toList();
        within(
                patience(),
                "the network has the ports of its plan and no other",
                () -> portsIn(id).stream().sorted().toList().equals(wanted));
    }

    @AfterEach
    void removeWhatWasMade() throws Exception {
        for (NetworkId id : made) {
            driver().remove(id, epoch());
        }
    }

    @Test
    void aNetworkIsMadeWithItsPorts() throws Exception {
        NetworkId id = newId();
        NetworkPlan.Port free = port(2, Optional.empty());
        NetworkPlan.Port bound = port(3, Optional.of(new HostId(UUID.randomUUID())));
        driver().apply(plan(id, free, bound), epoch());
        assertThat(driver().list()).contains(id);
        awaitPorts(id, free, bound);
    }

    @Test
    void applyAgainChangesNothing() throws Exception {
        NetworkId id = newId();
        NetworkPlan.Port port = port(2, Optional.empty());
        driver().apply(plan(id, port), epoch());
        driver().apply(plan(id, port), epoch());
        reopened().apply(plan(id, port), epoch());
        assertThat(driver().list()).containsOnlyOnce(id);
        awaitPorts(id, port);
    }

    @Test
    void whatIsNotInThePlanIsNotInTheNetwork() throws Exception {
        NetworkId id = newId();
        NetworkPlan.Port old = port(2, Optional.empty());
        NetworkPlan.Port kept = port(3, Optional.empty());
        NetworkPlan.Port fresh = port(4, Optional.empty());
        driver().apply(plan(id, old, kept), epoch());
        driver().apply(plan(id, kept, fresh), epoch());
        awaitPorts(id, kept, fresh);
        driver().apply(plan(id), epoch());
        awaitPorts(id);
        assertThat(driver().list()).contains(id);
    }

    @Test
    void aPortsAddressCanPassToAnother() throws Exception {
        NetworkId id = newId();
        NetworkPlan.Port old = port(2, Optional.empty());
        NetworkPlan.Port heir = port(2, Optional.empty());
        driver().apply(plan(id, old), epoch());
        driver().apply(plan(id, heir), epoch());
        awaitPorts(id, heir);
    }

    @Test
    void twoNetworksWithTheSameBlockAreTwo() throws Exception {
        NetworkId one = newId();
        NetworkId other = newId();
        NetworkPlan.Port first = port(2, Optional.empty());
        NetworkPlan.Port second = port(2, Optional.empty());
        driver().apply(plan(one, first), epoch());
        driver().apply(plan(other, second), epoch());
        awaitPorts(one, first);
        awaitPorts(other, second);
        driver().remove(one, epoch());
        awaitPorts(other, second);
    }

    @Test
    void aRemovedNetworkIsGoneWithItsPorts() throws Exception {
        NetworkId id = newId();
        driver().apply(plan(id, port(2, Optional.empty())), epoch());
        driver().remove(id, epoch());
        assertThat(driver().list()).doesNotContain(id);
        awaitPorts(id);
        driver().remove(id, epoch());
    }

    @Test
    void removeOfWhatWasNeverThereDoesNothing() throws Exception {
        NetworkId id = newId();
        driver().remove(id, epoch());
        assertThat(driver().list()).doesNotContain(id);
    }

    @Test
    void anOlderEpochIsRefused() throws Exception {
        NetworkId id = newId();
        NetworkPlan.Port port = port(2, Optional.empty());
        raised++;
        driver().apply(plan(id, port), epoch());
        complains(EngineException.Kind.REFUSED, () -> driver().apply(plan(id), epoch() - 1));
        complains(EngineException.Kind.REFUSED, () -> driver().remove(id, epoch() - 1));
        complains(EngineException.Kind.REFUSED, () -> reopened().remove(id, epoch() - 1));
        awaitPorts(id, port);
        raised++;
        driver().apply(plan(id), epoch());
        awaitPorts(id);
    }

    @Test
    void onlyOursAreListed() throws Exception {
        List<NetworkId> before = driver().list();
        Optional<AutoCloseable> stranger = stranger();
        if (stranger.isEmpty()) {
            return; // Nobody else can use this engine.
        }
        try (AutoCloseable there = stranger.get()) {
            assertThat(there).isNotNull();
            assertThat(driver().list()).isEqualTo(before);
        }
    }
}
