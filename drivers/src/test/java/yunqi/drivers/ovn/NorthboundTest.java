package yunqi.drivers.ovn;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Cidr;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.network.Network;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.PortId;

final class NorthboundTest {
    private static final NetworkId NET = new NetworkId(UUID.fromString("11111111-1111-1111-1111-111111111111"));

    static NetworkPlan plan(NetworkId id) {
        Cidr block = Cidr.parse("10.0.0.0/24");
        return new NetworkPlan(
                id,
                new Name("blue"),
                new Name("default"),
                block,
                block.at(1),
                "blue.internal",
                Network.MTU,
                List.of(
                        port(block, 2, "web", new UUID(id.value().getMostSignificantBits(), 2), Optional.empty()),
                        port(
                                block,
                                3,
                                "db",
                                new UUID(id.value().getMostSignificantBits(), 3),
                                Optional.of(new HostId(UUID.fromString("44444444-4444-4444-4444-444444444444"))))));
    }

    private static NetworkPlan.Port port(Cidr block, int number, String name, UUID id, Optional<HostId> host) {
        return new NetworkPlan.Port(
                new PortId(id), new Name(name), MacAddress.of(block.at(number)), block.at(number), host);
    }

    private static NorthboundPresent nothing() {
        return NorthboundPresent.of(
                NET,
                Northbound.TABLES.stream()
                        .<JsonNode>map(table -> OvsdbJson.object())
                        .toList());
    }

    private static String lines(List<ObjectNode> operations) {
        var text = new StringBuilder();
        operations.forEach(operation -> text.append(new String(OvsdbJson.bytes(operation), StandardCharsets.UTF_8))
                .append('\n'));
        return text.toString();
    }

    @Test
    void aNewNetworkIsWrittenAsTheseRows() throws Exception {
        List<ObjectNode> operations = NorthboundChange.between(nothing(), Northbound.of(plan(NET)));
        try (var golden = NorthboundTest.class.getResourceAsStream("northbound.golden")) {
            assertThat(golden).as("northbound.golden beside this class").isNotNull();
            assertThat(lines(operations)).isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void theGuardRaisesTheEpochOnlyIfNobodyElseDid() {
        assertThat(lines(OvnNetworks.guard(true, 7, 7))).isEqualTo("""
                {"op":"wait","table":"NB_Global","where":[["external_ids","includes",["map",[["yunqi-epoch","7"]]]]],"columns":["external_ids"],"until":"!=","rows":[],"timeout":0}
                """);
        assertThat(lines(OvnNetworks.guard(false, 0, 9))).isEqualTo("""
                {"op":"mutate","table":"NB_Global","where":[],"mutations":[["external_ids","insert",["map",[["yunqi-epoch","0"]]]]]}
                {"op":"wait","table":"NB_Global","where":[["external_ids","includes",["map",[["yunqi-epoch","0"]]]]],"columns":["external_ids"],"until":"!=","rows":[],"timeout":0}
                {"op":"mutate","table":"NB_Global","where":[],"mutations":[["external_ids","delete",["map",[["yunqi-epoch","0"]]]]]}
                {"op":"mutate","table":"NB_Global","where":[],"mutations":[["external_ids","insert",["map",[["yunqi-epoch","9"]]]]]}
                """);
    }
}
