package yunqi.drivers.ovn;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import yunqi.core.base.IpAddress;
import yunqi.core.base.MacAddress;
import yunqi.core.network.Metadata;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NetworkPlan;
import yunqi.core.network.PortId;

/**
 * A network as rows of OVN's northbound database, as a value. Every row carries our mark and the network's id; references between rows are by
 * key, so that the value says nothing of which rows are there already.
 *
 * <p>A network is a switch with a port for each of its instances and one for {@link Metadata}, and a router whose only port is the gateway: it
 * answers ARP and ping, passes what is meant for the metadata service on to it (its port has an address beside that, too), and says at once that nobody serves a port where a DNS question for an unknown name ends up. Networks share nothing, so their addresses may
 * overlap and no packet passes from one to the other. No connection tracking is involved anywhere: Open vSwitch 3.1 has aborted in it.
 */
record Northbound(List<Row> rows) {
    static final String DATABASE = "OVN_Northbound";
    static final String OWNER = "owner";
    static final String OURS = "yunqi";
    static final String NETWORK = "yunqi-network";
    static final String SWITCH = "Logical_Switch";
    static final String SWITCH_PORT = "Logical_Switch_Port";
    static final String ROUTER = "Logical_Router";
    static final String ROUTER_PORT = "Logical_Router_Port";
    static final String DHCP = "DHCP_Options";
    static final String NAMES = "DNS";
    static final String MARKS = "external_ids";

    /** The tables that we write, those first whose rows others refer to. */
    static final List<String> TABLES = List.of(DHCP, NAMES, SWITCH_PORT, SWITCH, ROUTER_PORT, ROUTER);

    /** Half a day: addresses are fixed by the plan, so a lease only bounds how late a changed option (the MTU, say) arrives. */
    private static final int LEASE_SECONDS = 43_200;

    /** What may stand between quotes in a DHCP option; anything else could leave the quotes. */
    private static final Pattern DOMAIN = Pattern.compile("[a-z0-9.-]{1,253}");

    /** One row. {@code key} is unique among our rows of that table. */
    record Row(String table, String key, SortedMap<String, Value> columns) {}

    /** What a column holds. */
    sealed interface Value {
        record Text(String text) implements Value {}

        record Texts(SortedSet<String> texts) implements Value {}

        record Pairs(SortedMap<String, String> pairs) implements Value {}

        /** Rows of {@code table}, by key. */
        record References(String table, SortedSet<String> keys) implements Value {}
    }

    Northbound {
        rows = List.copyOf(rows);
    }

    /** The name of a port in the engine, on the site and on the hosts ({@code iface-id}). */
    static String portName(PortId port) {
        return "yq-" + port;
    }

    static Northbound of(NetworkPlan plan) {
        if (!DOMAIN.matcher(plan.domain()).matches()) {
            throw new IllegalArgumentException("not a DNS domain: " + plan.domain());
        }
        String network = networkName(plan.id());
        String gatewayPort = network + "-gateway";
        String routerPort =
                network + "-router"; // ports of switches and of routers share one space of names in the southbound
        MacAddress gatewayMac = MacAddress.of(plan.gateway());
        var rows = new ArrayList<Row>();
        rows.add(dhcp(plan, network, gatewayMac));
        rows.add(names(plan, network));
        rows.add(row(
                plan,
                SWITCH_PORT,
                gatewayPort,
                Map.of(
                        "name",
                        new Value.Text(gatewayPort),
                        "type",
                        new Value.Text("router"),
                        "addresses",
                        texts("router"),
                        "options",
                        pairs("router-port", routerPort))));
        rows.add(metadata(plan));
        plan.ports().forEach(port -> rows.add(port(plan, network, port)));
        var ports = new TreeSet<String>(List.of(gatewayPort, portName(Metadata.port(plan.id()))));
        plan.ports().forEach(port -> ports.add(portName(port.id())));
        rows.add(row(
                plan,
                SWITCH,
                network,
                Map.of(
                        "name",
                        new Value.Text(network),
                        "other_config",
                        pairs("mcast_snoop", "false"),
                        "ports",
                        new Value.References(SWITCH_PORT, ports),
                        "dns_records",
                        reference(NAMES, network))));
        rows.add(row(
                plan,
                ROUTER_PORT,
                routerPort,
                Map.of(
                        "name", new Value.Text(routerPort),
                        "mac", new Value.Text(gatewayMac.toString()),
                        "networks",
                                new Value.Texts(new TreeSet<>(List.of(
                                        plan.gateway() + "/" + plan.cidr().prefix(),
                                        Metadata.ROUTER + "/" + Metadata.BLOCK.prefix()))))));
        rows.add(row(
                plan,
                ROUTER,
                network,
                Map.of("name", new Value.Text(network), "ports", reference(ROUTER_PORT, routerPort))));
        return new Northbound(rows);
    }

    private static Row dhcp(NetworkPlan plan, String network, MacAddress gatewayMac) {
        var options = new TreeMap<String, String>();
        options.put("server_id", plan.gateway().toString());
        options.put("server_mac", gatewayMac.toString());
        options.put("lease_time", Integer.toString(LEASE_SECONDS));
        options.put("router", plan.gateway().toString());
        options.put("dns_server", plan.gateway().toString());
        options.put("mtu", Integer.toString(plan.mtu()));
        options.put("domain_name", quoted(plan.domain()));
        options.put("domain_search_list", quoted(plan.domain()));
        return row(
                plan,
                DHCP,
                network,
                Map.of("cidr", new Value.Text(plan.cidr().toString()), "options", new Value.Pairs(options)));
    }

    /** OVN answers these itself on the asker's host. */
    private static Row names(NetworkPlan plan, String network) {
        var records = new TreeMap<String, String>();
        for (NetworkPlan.Port port : plan.ports()) {
            String full = port.instance() + "." + plan.domain();
            String addresses = port.ip() + " " + nowhere(port.ip());
            records.put(port.instance().value(), addresses);
            records.put(full, addresses);
            records.put(reverse(port.ip()), full);
        }
        return row(plan, NAMES, network, Map.of("records", new Value.Pairs(records)));
    }

    /**
     * What a question for an IPv6 address is answered with. OVN 23.03 cannot say "the name exists, but has none": it would pass the question on to
     * the gateway, whose refusal makes a C library forget the IPv4 answer, too. An address of the discard block (RFC 6666), to which no instance
     * has a route, is sorted behind the IPv4 address by every resolver (RFC 6724, rule 1).
     */
    private static String nowhere(IpAddress ip) {
        return String.format(Locale.ROOT, "100::%x:%x", ip.number() >> 16, ip.number() & 0xffff);
    }

    private static Row port(NetworkPlan plan, String network, NetworkPlan.Port port) {
        String name = portName(port.id());
        // No "unknown" among the addresses: frames for addresses that nobody has are dropped instead of shown to
        // everybody.
        String address = port.mac() + " " + port.ip();
        var options = new TreeMap<String, String>(
                Map.of("hostname", quoted(port.instance().value())));
        port.host().ifPresent(host -> options.put("requested-chassis", host.toString()));
        return row(
                plan,
                SWITCH_PORT,
                name,
                Map.of(
                        "name",
                        new Value.Text(name),
                        "type",
                        new Value.Text(""),
                        "addresses",
                        texts(address),
                        "port_security",
                        texts(address),
                        "dhcpv4_options",
                        reference(DHCP, network),
                        "options",
                        new Value.Pairs(options)));
    }

    /** A port that is on every host at once: a frame to it never leaves the host that it comes from. */
    private static Row metadata(NetworkPlan plan) {
        String name = portName(Metadata.port(plan.id()));
        String address = Metadata.MAC + " " + Metadata.ADDRESS;
        return row(
                plan,
                SWITCH_PORT,
                name,
                Map.of(
                        "name",
                        new Value.Text(name),
                        "type",
                        new Value.Text("localport"),
                        "addresses",
                        texts(address),
                        "port_security",
                        texts(address)));
    }

    private static String networkName(NetworkId id) {
        return "yq-" + id;
    }

    private static String reverse(IpAddress ip) {
        String[] parts = ip.toString().split("\\.", -1);
        return parts[3] + "." + parts[2] + "." + parts[1] + "." + parts[0] + ".in-addr.arpa";
    }

    private static String quoted(String text) {
        return "\"" + text + "\"";
    }

    private static Row row(NetworkPlan plan, String table, String key, Map<String, Value> columns) {
        var all = new TreeMap<String, Value>(columns);
        all.put(
                MARKS,
                pairs(OWNER, OURS, NETWORK, plan.id().toString(), "yunqi-name", plan.project() + "/" + plan.name()));
        return new Row(table, key, all);
    }

    private static Value texts(String one) {
        return new Value.Texts(new TreeSet<>(List.of(one)));
    }

    private static Value reference(String table, String key) {
        return new Value.References(table, new TreeSet<>(List.of(key)));
    }

    private static Value pairs(String... keysAndValues) {
        var pairs = new TreeMap<String, String>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            pairs.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return new Value.Pairs(pairs);
    }
}
