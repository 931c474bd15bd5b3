package yunqi.drivers.ovn;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import yunqi.core.network.Metadata;
import yunqi.core.network.NetworkDriver;
import yunqi.core.network.NetworkId;
import yunqi.core.network.PortId;
import yunqi.drivers.contract.NetworkDriverContract;

/** The contract on a real northbound database. */
final class OvnNetworksIT extends NetworkDriverContract {
    private static OvnLab lab;
    private static OvnNetworks networks;
    private static long epoch = 10;

    @BeforeAll
    static void start() throws Exception {
        lab = OvnLab.start(1, 0);
        networks = lab.networks();
    }

    @AfterAll
    static void stop() throws Exception {
        lab.close();
    }

    @Override
    protected NetworkDriver driver() {
        return networks;
    }

    @Override
    protected NetworkDriver reopened() {
        return lab.networks();
    }

    /** One engine for all tests, and each may raise the epoch. */
    @Override
    protected long firstEpoch() {
        return epoch;
    }

    @org.junit.jupiter.api.BeforeEach
    void nextEpoch() {
        epoch += 100;
    }

    @Override
    protected List<PortId> portsIn(NetworkId id) throws Exception {
        var ports = new ArrayList<PortId>();
        String names = lab.nbctl(
                "--bare", "--columns=name", "find", "Logical_Switch_Port", "external_ids:yunqi-network=" + id);
        for (String name : names.split("\n", -1)) {
            if (!name.isBlank() && !name.endsWith("-gateway")) {
                ports.add(new PortId(UUID.fromString(name.strip().substring(3))));
            }
        }
        assertThat(ports.isEmpty() || ports.remove(Metadata.port(id)))
                .as("a network has one port of the metadata service, beside those of its plan")
                .isTrue();
        return ports;
    }

    @Override
    protected Duration patience() {
        return Duration.ofSeconds(10);
    }

    @Override
    protected Optional<AutoCloseable> stranger() throws Exception {
        lab.nbctl("ls-add", "stranger");
        lab.nbctl("lsp-add", "stranger", "stranger-port");
        return Optional.of(() -> {
            assertThat(lab.nbctl("lsp-list", "stranger")).contains("stranger-port");
            lab.nbctl("ls-del", "stranger");
        });
    }

    @Test
    void aPortThatSomeoneElsePutIntoOurSwitchStays() throws Exception {
        NetworkId id = new NetworkId(UUID.randomUUID());
        networks.apply(NorthboundTest.plan(id), epoch);
        lab.nbctl("lsp-add", "yq-" + id, "guest-of-another");
        networks.apply(NorthboundTest.plan(id), epoch);
        assertThat(lab.nbctl("lsp-list", "yq-" + id)).contains("guest-of-another");
        networks.remove(id, epoch);
    }

    @Test
    void nothingIsLeftOfARemovedNetwork() throws Exception {
        NetworkId id = new NetworkId(UUID.randomUUID());
        networks.apply(NorthboundTest.plan(id), epoch);
        networks.remove(id, epoch);
        for (String table : Northbound.TABLES) {
            assertThat(lab.nbctl("--bare", "--columns=_uuid", "find", table, "external_ids:yunqi-network=" + id))
                    .as(table)
                    .isBlank();
        }
    }
}
