package yunqi.drivers.ovn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.EngineException;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;

/** The rows of a host's own database: what was read, and what to write so that they are as they should be. All but the reading is pure. */
final class OvsRows {
    static final String INSTANCE = "yunqi-instance";
    static final String PORT = "yunqi-port";
    static final String BOOT = "yunqi-boot";
    private static final Duration POLL = Duration.ofMillis(20);

    private OvsRows() {}

    /** What was read of the host's database: its one row, our bridge, and the ports on it that carry our mark, by name. */
    record Host(
            Optional<String> uuid,
            SortedMap<String, String> marks,
            Optional<Tls> tls,
            Optional<Bridge> bridge,
            SortedMap<String, Port> ports) {}

    record Tls(String key, String certificate, String authority) {}

    record Bridge(String uuid, String datapath) {}

    /** {@code installed} says that OVN's flows are in place and that Open vSwitch has the device open. */
    record Port(String uuid, String name, UUID instance, PortId id, String interfaceId, boolean installed) {}

    static Host read(Ovsdb database, String bridge) throws EngineException {
        var ours = OvsdbJson.having(Northbound.MARKS, Northbound.OWNER, Northbound.OURS);
        List<JsonNode> answers = database.transact(
                OvsEngine.DATABASE,
                List.of(
                        OvsdbJson.select(
                                "Open_vSwitch", OvsdbJson.everything(), List.of("_uuid", Northbound.MARKS, "ssl")),
                        OvsdbJson.select(
                                "SSL",
                                OvsdbJson.everything(),
                                List.of("_uuid", "private_key", "certificate", "ca_cert")),
                        OvsdbJson.select(
                                "Bridge", OvsdbJson.where("name", bridge), List.of("_uuid", "datapath_type", "ports")),
                        OvsdbJson.select("Port", ours, List.of("_uuid", "name", Northbound.MARKS)),
                        OvsdbJson.select("Interface", ours, List.of("name", Northbound.MARKS, "ofport"))));
        JsonNode self = answers.getFirst().path("rows").path(0);
        JsonNode bridgeRow = answers.get(2).path("rows").path(0);
        return new Host(
                self.isMissingNode()
                        ? Optional.empty()
                        : Optional.of(self.path("_uuid").path(1).asText()),
                OvsdbJson.pairs(self.path(Northbound.MARKS)),
                tls(self, answers.get(1).path("rows")),
                bridgeRow.isMissingNode()
                        ? Optional.empty()
                        : Optional.of(new Bridge(
                                bridgeRow.path("_uuid").path(1).asText(),
                                bridgeRow.path("datapath_type").asText())),
                ports(answers.get(3).path("rows"), answers.get(4).path("rows")));
    }

    private static Optional<Tls> tls(JsonNode self, JsonNode rows) {
        for (JsonNode row : rows) {
            if (OvsdbJson.uuids(self.path("ssl"))
                    .contains(row.path("_uuid").path(1).asText())) {
                return Optional.of(new Tls(
                        row.path("private_key").asText(),
                        row.path("certificate").asText(),
                        row.path("ca_cert").asText()));
            }
        }
        return Optional.empty();
    }

    private static SortedMap<String, Port> ports(JsonNode ports, JsonNode interfaces) {
        Map<String, JsonNode> byName = new HashMap<>();
        interfaces.forEach(row -> byName.put(row.path("name").asText(), row));
        var all = new TreeMap<String, Port>();
        for (JsonNode row : ports) {
            String name = row.path("name").asText();
            JsonNode device = byName.getOrDefault(name, OvsdbJson.object());
            SortedMap<String, String> marks = OvsdbJson.pairs(row.path(Northbound.MARKS));
            SortedMap<String, String> state = OvsdbJson.pairs(device.path(Northbound.MARKS));
            if (marks.containsKey(INSTANCE) && marks.containsKey(PORT)) {
                all.put(
                        name,
                        new Port(
                                row.path("_uuid").path(1).asText(),
                                name,
                                UUID.fromString(marks.getOrDefault(INSTANCE, "")),
                                new PortId(UUID.fromString(marks.getOrDefault(PORT, ""))),
                                state.getOrDefault("iface-id", ""),
                                // A file from before a reboot may still say "installed"; the device's number doesn't
                                // lie.
                                device.path("ofport").asInt(-1) > 0
                                        && state.getOrDefault("ovn-installed", "")
                                                .equals("true")));
            }
        }
        return all;
    }

    /** Brings the host's own row, its TLS files and the bridge to what is wanted; ports of an earlier boot go. */
    static List<ObjectNode> configuration(
            Host host, OvsEngine.Place place, OvsEngine.Settings settings, OvsEngine.Datapath datapath, String boot) {
        var operations = new ArrayList<ObjectNode>();
        var marks = new TreeMap<>(OvsEngine.identity(place, settings, datapath));
        marks.put(BOOT, boot);
        if (host.uuid().isEmpty()) {
            ObjectNode row = OvsdbJson.object();
            row.set(Northbound.MARKS, OvsdbJson.map(marks));
            operations.add(OvsdbJson.insert("Open_vSwitch", "host", row));
        } else {
            replaceMarks(operations, host.marks(), marks);
        }
        configureTls(operations, host, settings);
        if (!boot.equals(host.marks().get(BOOT))
                && host.bridge().isPresent()
                && !host.ports().isEmpty()) {
            removePorts(operations, host, host.ports().values().stream().toList());
        }
        configureBridge(operations, host, place.bridge(), datapath);
        return operations;
    }

    private static void replaceMarks(
            List<ObjectNode> operations, SortedMap<String, String> current, SortedMap<String, String> wanted) {
        var old = new TreeMap<String, String>();
        var changed = new TreeMap<String, String>();
        wanted.forEach((key, value) -> {
            if (!value.equals(current.get(key))) {
                changed.put(key, value);
                if (current.containsKey(key)) {
                    old.put(key, current.getOrDefault(key, ""));
                }
            }
        });
        if (!changed.isEmpty()) {
            // Only our keys: ovn-controller and the packages' scripts keep others in the same map.
            operations.add(OvsdbJson.mutate(
                    "Open_vSwitch",
                    OvsdbJson.everything(),
                    OvsdbJson.mutation(Northbound.MARKS, "delete", OvsdbJson.map(old)),
                    OvsdbJson.mutation(Northbound.MARKS, "insert", OvsdbJson.map(changed))));
        }
    }

    private static void configureTls(List<ObjectNode> operations, Host host, OvsEngine.Settings settings) {
        Optional<Tls> wanted = settings.tls()
                .map(pem -> new Tls(
                        pem.key().toString(),
                        pem.certificate().toString(),
                        pem.authority().toString()));
        if (wanted.equals(host.tls())) {
            return;
        }
        ObjectNode self = OvsdbJson.object();
        self.set("ssl", OvsdbJson.set(List.of()));
        wanted.ifPresent(tls -> {
            ObjectNode row = OvsdbJson.object();
            row.put("private_key", tls.key());
            row.put("certificate", tls.certificate());
            row.put("ca_cert", tls.authority());
            operations.add(OvsdbJson.insert("SSL", "tls", row));
            self.set("ssl", OvsdbJson.set(List.of(OvsdbJson.named("tls"))));
        });
        operations.add(OvsdbJson.update("Open_vSwitch", OvsdbJson.everything(), self));
    }

    private static void configureBridge(
            List<ObjectNode> operations, Host host, String name, OvsEngine.Datapath datapath) {
        if (host.bridge().isPresent()) {
            if (!host.bridge().get().datapath().equals(datapath.word())) {
                ObjectNode changed = OvsdbJson.object();
                changed.put("datapath_type", datapath.word());
                operations.add(OvsdbJson.update("Bridge", OvsdbJson.where("name", name), changed));
            }
            return;
        }
        // ovn-controller would make it, too, but later; so attach() never has to wait for it.
        ObjectNode device = OvsdbJson.object();
        device.put("name", name);
        device.put("type", "internal");
        operations.add(OvsdbJson.insert("Interface", "bridge_interface", device));
        ObjectNode port = OvsdbJson.object();
        port.put("name", name);
        port.set("interfaces", OvsdbJson.set(List.of(OvsdbJson.named("bridge_interface"))));
        operations.add(OvsdbJson.insert("Port", "bridge_port", port));
        ObjectNode bridge = OvsdbJson.object();
        bridge.put("name", name);
        bridge.put("datapath_type", datapath.word());
        bridge.put("fail_mode", "secure"); // without ovn-controller's flows nothing passes
        bridge.set("other_config", OvsdbJson.map(Map.of("disable-in-band", "true")));
        bridge.set("ports", OvsdbJson.set(List.of(OvsdbJson.named("bridge_port"))));
        operations.add(OvsdbJson.insert("Bridge", "bridge", bridge));
        operations.add(OvsdbJson.mutate(
                "Open_vSwitch",
                OvsdbJson.everything(),
                OvsdbJson.mutation("bridges", "insert", OvsdbJson.set(List.of(OvsdbJson.named("bridge"))))));
    }

    /** Takes our bridge away, with all that is on it. */
    static List<ObjectNode> removal(Host host) {
        return List.of(
                OvsdbJson.mutate(
                        "Open_vSwitch",
                        OvsdbJson.everything(),
                        OvsdbJson.mutation(
                                "bridges",
                                "delete",
                                OvsdbJson.set(host.bridge().stream()
                                        .map(bridge -> OvsdbJson.uuid(bridge.uuid()))
                                        .toList()))),
                askForNext());
    }

    /** Puts the ports of an instance on the bridge, and takes off those of its ports that are not in the plan. Empty if all is so. */
    static List<ObjectNode> attachment(Host host, UUID instance, List<NicPlan> nics) {
        var operations = new ArrayList<ObjectNode>();
        var added = new ArrayList<JsonNode>();
        var stale = new ArrayList<Port>();
        Set<String> names = new HashSet<>();
        for (NicPlan nic : nics) {
            String name = LinkScript.device(nic.port());
            names.add(name);
            Optional<Port> there = Optional.ofNullable(host.ports().get(name));
            if (there.isPresent()
                    && there.get().instance().equals(instance)
                    && there.get().interfaceId().equals(Northbound.portName(nic.port()))) {
                continue;
            }
            there.ifPresent(stale::add);
            insertPort(operations, name, instance, nic);
            added.add(OvsdbJson.named("port_" + name));
        }
        host.ports().values().stream()
                .filter(port -> port.instance().equals(instance) && !names.contains(port.name()))
                .forEach(stale::add);
        removePorts(operations, host, stale);
        if (!added.isEmpty()) {
            operations.add(OvsdbJson.mutate(
                    "Bridge", bridge(host), OvsdbJson.mutation("ports", "insert", OvsdbJson.set(added))));
        }
        return operations;
    }

    private static void insertPort(List<ObjectNode> operations, String name, UUID instance, NicPlan nic) {
        var marks = new TreeMap<String, String>();
        marks.put(Northbound.OWNER, Northbound.OURS);
        marks.put(INSTANCE, instance.toString());
        marks.put(PORT, nic.port().toString());
        ObjectNode port = OvsdbJson.object();
        port.put("name", name);
        port.set(Northbound.MARKS, OvsdbJson.map(marks));
        port.set("interfaces", OvsdbJson.set(List.of(OvsdbJson.named("interface_" + name))));
        marks.put("iface-id", Northbound.portName(nic.port()));
        marks.put("attached-mac", nic.mac().toString());
        ObjectNode device = OvsdbJson.object();
        device.put("name", name);
        device.set(Northbound.MARKS, OvsdbJson.map(marks));
        operations.add(OvsdbJson.insert("Interface", "interface_" + name, device));
        operations.add(OvsdbJson.insert("Port", "port_" + name, port));
    }

    /** Takes ports off the bridge. Empty if there are none. */
    static List<ObjectNode> detachment(Host host, List<Port> ports) {
        var operations = new ArrayList<ObjectNode>();
        removePorts(operations, host, ports);
        return operations;
    }

    private static void removePorts(List<ObjectNode> operations, Host host, List<Port> ports) {
        if (!ports.isEmpty()) {
            operations.add(OvsdbJson.mutate(
                    "Bridge",
                    bridge(host),
                    OvsdbJson.mutation(
                            "ports",
                            "delete",
                            OvsdbJson.set(ports.stream()
                                    .map(port -> OvsdbJson.uuid(port.uuid()))
                                    .toList()))));
        }
    }

    private static com.fasterxml.jackson.databind.node.ArrayNode bridge(Host host) {
        return OvsdbJson.row(host.bridge()
                .orElseThrow(() -> new IllegalStateException("no bridge: call OvsEngine.prepare first"))
                .uuid());
    }

    /** Asks Open vSwitch to say when it has carried out what the same transaction changes. */
    static ObjectNode askForNext() {
        return OvsdbJson.mutate(
                "Open_vSwitch",
                OvsdbJson.everything(),
                OvsdbJson.array(OvsdbJson.text("next_cfg"), OvsdbJson.text("+="), OvsdbJson.number(1)));
    }

    /** Waits until Open vSwitch has carried out everything up to the last {@link #askForNext}. */
    static void awaitApplied(Ovsdb database, Duration longest) throws EngineException {
        long deadline = System.nanoTime() + longest.toNanos();
        while (true) {
            JsonNode row = database.transact(
                            OvsEngine.DATABASE,
                            List.of(OvsdbJson.select(
                                    "Open_vSwitch", OvsdbJson.everything(), List.of("next_cfg", "cur_cfg"))))
                    .getFirst()
                    .path("rows")
                    .path(0);
            if (row.path("cur_cfg").asLong() >= row.path("next_cfg").asLong()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new EngineException(
                        EngineException.Kind.UNAVAILABLE,
                        "Open vSwitch did not carry out a change within " + longest.toSeconds() + " s");
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new EngineException(EngineException.Kind.UNAVAILABLE, "interrupted while waiting", e);
            }
        }
    }
}
