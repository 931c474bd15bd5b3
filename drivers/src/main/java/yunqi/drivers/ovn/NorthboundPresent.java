package yunqi.drivers.ovn;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import yunqi.core.network.NetworkId;

/** The rows of one network as they are in the northbound database: what was read in one transaction. */
record NorthboundPresent(Map<String, Map<String, Present>> tables) {
    /** A row that is there. */
    record Present(String uuid, JsonNode row) {}

    /** What to read, in the order of {@link Northbound#TABLES}. */
    static List<com.fasterxml.jackson.databind.node.ObjectNode> questions(NetworkId network) {
        return Northbound.TABLES.stream()
                .map(table -> OvsdbJson.select(
                        table,
                        OvsdbJson.having(Northbound.MARKS, Northbound.NETWORK, network.toString()),
                        columns(table)))
                .toList();
    }

    private static List<String> columns(String table) {
        var columns = new ArrayList<String>(List.of("_uuid", Northbound.MARKS));
        columns.addAll(
                switch (table) {
                    case Northbound.DHCP -> List.of("cidr", "options");
                    case Northbound.NAMES -> List.of("records");
                    case Northbound.SWITCH_PORT ->
                        List.of("name", "type", "addresses", "port_security", "dhcpv4_options", "options");
                    case Northbound.SWITCH -> List.of("name", "other_config", "ports", "dns_records");
                    case Northbound.ROUTER_PORT -> List.of("name", "mac", "networks");
                    case Northbound.ROUTER -> List.of("name", "ports");
                    default -> throw new IllegalArgumentException(table);
                });
        return columns;
    }

    /** The answers to {@link #questions}. Rows without a name are one a network, and their key is the network's. */
    static NorthboundPresent of(NetworkId network, List<JsonNode> answers) {
        var tables = new LinkedHashMap<String, Map<String, Present>>();
        for (int i = 0; i < Northbound.TABLES.size(); i++) {
            var rows = new TreeMap<String, Present>();
            for (JsonNode row : answers.get(i).path("rows")) {
                String uuid = row.path("_uuid").path(1).asText();
                String key = row.path("name").asText("yq-" + network);
                // Two of a kind happen only by another hand; the second is kept under a key that no plan has, and so
                // removed.
                rows.put(rows.containsKey(key) ? uuid : key, new Present(uuid, row));
            }
            tables.put(Northbound.TABLES.get(i), rows);
        }
        return new NorthboundPresent(tables);
    }

    Optional<Present> find(String table, String key) {
        return Optional.ofNullable(rows(table).get(key));
    }

    Map<String, Present> rows(String table) {
        return tables.getOrDefault(table, Map.of());
    }
}
