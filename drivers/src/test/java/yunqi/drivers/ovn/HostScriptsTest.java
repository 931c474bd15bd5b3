package yunqi.drivers.ovn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Cidr;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortId;

/** What is told to a host's programs and to its database, as values. */
final class HostScriptsTest {
    private static final UUID INSTANCE = UUID.fromString("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee");
    private static final NicPlan NIC = nic();

    private static NicPlan nic() {
        Cidr block = Cidr.parse("10.0.0.0/24");
        return new NicPlan(
                new PortId(UUID.fromString("11112222-3333-4444-5555-666677778888")),
                new NetworkId(UUID.fromString("99999999-9999-9999-9999-999999999999")),
                new Name("default"),
                MacAddress.of(block.at(5)),
                block.at(5),
                24,
                block.at(1),
                "blue.internal",
                1442);
    }

    @Test
    void aContainersLinkIsMadeSo() {
        assertThat(LinkScript.host(PortDriver.Form.NAMESPACE, INSTANCE, List.of(NIC), Set.of(0)))
                .filteredOn(line -> !line.contains("addrgenmode")) // left out on a kernel without IPv6
                .containsExactly(
                        "link add dev yqp111122223333 mtu 1442 type veth peer name eth0 netns yq-aaaaaaaabbbb mtu 1442"
                                + " address 0a:58:0a:00:00:05",
                        "link set dev yqp111122223333 arp off",
                        "link set dev yqp111122223333 mtu 1442 alias \"yunqi 11112222-3333-4444-5555-666677778888"
                                + " aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee\" up");
        assertThat(LinkScript.inside(List.of(NIC)))
                .filteredOn(line -> !line.contains("addrgenmode"))
                .containsExactly(
                        "link set dev lo up",
                        "addr replace 10.0.0.5/24 dev eth0",
                        "link set dev eth0 up",
                        "route replace default via 10.0.0.1 dev eth0");
    }

    @Test
    void aMachinesLinkIsMadeSoAndNothingTwice() {
        assertThat(LinkScript.host(PortDriver.Form.TAP, INSTANCE, List.of(NIC), Set.of(0)))
                .contains("tuntap add dev yqp111122223333 mode tap");
        assertThat(LinkScript.host(PortDriver.Form.TAP, INSTANCE, List.of(NIC), Set.of()))
                .isEmpty();
    }

    @Test
    void aMarkIsReadAsItWasWritten() {
        var mark = new LinkScript.Mark(NIC.port(), INSTANCE);
        assertThat(LinkScript.Mark.parse(mark.alias())).contains(mark);
        assertThat(LinkScript.Mark.parse("uplink to rack 3")).isEmpty();
    }

    @Test
    void portsThatAreThereAreNotWrittenAgain() {
        var bridge = Optional.of(new OvsRows.Bridge("22222222-0000-0000-0000-000000000000", "netdev"));
        var empty = new OvsRows.Host(Optional.of("u"), new TreeMap<>(), Optional.empty(), bridge, new TreeMap<>());
        assertThat(OvsRows.attachment(empty, INSTANCE, List.of(NIC))).hasSize(3);
        var ports = new TreeMap<String, OvsRows.Port>();
        ports.put(
                "yqp111122223333",
                new OvsRows.Port(
                        "33333333-0000-0000-0000-000000000000",
                        "yqp111122223333",
                        INSTANCE,
                        NIC.port(),
                        Northbound.portName(NIC.port()),
                        true));
        var there = new OvsRows.Host(Optional.of("u"), new TreeMap<>(), Optional.empty(), bridge, ports);
        assertThat(OvsRows.attachment(there, INSTANCE, List.of(NIC))).isEmpty();
        assertThat(OvsRows.attachment(there, INSTANCE, List.of())).hasSize(1);
    }

    @Test
    void theWallIsReplacedInOneTransaction() {
        assertThat(HostWall.rules("yq-1")).startsWith("""
                table inet yq-1 {}
                delete table inet yq-1
                table inet yq-1 {
                  chain ports {
                    type filter hook prerouting priority -400; policy accept;
                    iifname "yqp*" drop
                  }
                }
                """);
    }
}
