package yunqi.drivers.ovn;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortId;

/** What is told to {@code ip -batch}, as lines, and the names of what it makes. Pure; nothing in it was written by a tenant. */
final class LinkScript {
    /** The beginning of the names of all ports' host sides: {@link HostWall} drops by it. */
    static final String PREFIX = "yqp";

    private static final String ALIAS = "yunqi";

    private LinkScript() {}

    /** Who a link belongs to, told by its alias. */
    record Mark(PortId port, UUID instance) {
        String alias() {
            return ALIAS + " " + port + " " + instance;
        }

        static Optional<Mark> parse(String alias) {
            String[] words = alias.split(" ", -1);
            return words.length == 3 && words[0].equals(ALIAS)
                    ? Optional.of(new Mark(new PortId(UUID.fromString(words[1])), UUID.fromString(words[2])))
                    : Optional.empty();
        }
    }

    static String device(PortId port) {
        return PREFIX + port.brief();
    }

    static String inner(int index) {
        return "eth" + index;
    }

    static String namespace(UUID instance) {
        return "yq-" + instance.toString().replace("-", "").substring(0, 12);
    }

    static Path namespacePath(UUID instance) {
        return Path.of("/run/netns", namespace(instance));
    }

    /** In the host's namespace: makes the links of those of {@code nics} whose index is in {@code missing}. */
    static List<String> host(PortDriver.Form form, UUID instance, List<NicPlan> nics, Set<Integer> missing) {
        var lines = new ArrayList<String>();
        for (int i = 0; i < nics.size(); i++) {
            if (missing.contains(i)) {
                NicPlan nic = nics.get(i);
                String device = device(nic.port());
                lines.add(
                        switch (form) {
                            case NAMESPACE ->
                                "link add dev " + device + " mtu " + nic.mtu() + " type veth peer name " + inner(i)
                                        + " netns " + namespace(instance) + " mtu " + nic.mtu() + " address "
                                        + nic.mac();
                            case TAP -> "tuntap add dev " + device + " mode tap";
                        });
                // The host itself must not speak here: it would answer ARP for its own addresses, and announce itself
                // by IPv6.
                lines.add("link set dev " + device + " arp off");
                addNoIpv6(lines, device);
                lines.add("link set dev " + device + " mtu " + nic.mtu() + " alias \""
                        + new Mark(nic.port(), instance).alias() + "\" up");
            }
        }
        return lines;
    }

    /** No address of IPv6's own making: networks have none, and port security would drop what is sent from it. */
    private static void addNoIpv6(List<String> lines, String device) {
        if (Files.isDirectory(Path.of("/proc/sys/net/ipv6"))) { // a kernel without refuses the words
            lines.add("link set dev " + device + " addrgenmode none");
        }
    }

    /** In the instance's namespace; every line may be repeated. */
    static List<String> inside(List<NicPlan> nics) {
        var lines = new ArrayList<String>();
        lines.add("link set dev lo up");
        for (int i = 0; i < nics.size(); i++) {
            NicPlan nic = nics.get(i);
            addNoIpv6(lines, inner(i));
            lines.add("addr replace " + nic.ip() + "/" + nic.prefix() + " dev " + inner(i));
            lines.add("link set dev " + inner(i) + " up");
        }
        if (!nics.isEmpty()) {
            lines.add("route replace default via " + nics.getFirst().gateway() + " dev " + inner(0));
        }
        return lines;
    }
}
