package yunqi.core.instance;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import yunqi.core.network.NicPlan;

/**
 * What a guest reads about itself in cloud-init's NoCloud form, from a disk at its first boot or from the metadata service: who it is, the tenant's user-data untouched, and its addresses. Pure. The
 * files keep to one {@code key: value} a line with quoted values, so that a guest without a YAML parser can read them too.
 */
public final class Seed {
    private Seed() {}

    /** The files by name. */
    public static SortedMap<String, String> texts(InstancePlan plan) {
        SortedMap<String, String> files = new TreeMap<>();
        files.put("meta-data", metaData(plan));
        files.put("user-data", plan.userData().orElse("#cloud-config\n{}\n"));
        if (!plan.nics().isEmpty()) {
            files.put("network-config", networkConfig(plan.nics()));
        }
        return files;
    }

    /** The same as bytes. */
    public static SortedMap<String, byte[]> files(InstancePlan plan) {
        SortedMap<String, byte[]> files = new TreeMap<>();
        texts(plan).forEach((name, text) -> files.put(name, text.getBytes(StandardCharsets.UTF_8)));
        return files;
    }

    static String metaData(InstancePlan plan) {
        StringBuilder text = new StringBuilder();
        text.append("instance-id: ").append(quoted(plan.id().toString())).append('\n');
        text.append("local-hostname: ").append(quoted(plan.name().value())).append('\n');
        if (!plan.keys().isEmpty()) {
            text.append("public-keys:\n");
            plan.keys().forEach(key -> text.append("  - ").append(quoted(key)).append('\n'));
        }
        return text.toString();
    }

    /** Version 2. The first interface carries the default route: a second one would make it a matter of luck. */
    static String networkConfig(List<NicPlan> nics) {
        StringBuilder text = new StringBuilder("version: 2\nethernets:\n");
        for (int i = 0; i < nics.size(); i++) {
            NicPlan nic = nics.get(i);
            text.append("  nic").append(i).append(":\n");
            text.append("    match:\n");
            text.append("      macaddress: ").append(quoted(nic.mac().value())).append('\n');
            text.append("    set-name: ").append(quoted("eth" + i)).append('\n');
            text.append("    mtu: ").append(nic.mtu()).append('\n');
            text.append("    addresses: [")
                    .append(quoted(nic.ip() + "/" + nic.prefix()))
                    .append("]\n");
            if (i == 0) {
                // Not as a route: for Debian's ifupdown cloud-init turns that into a call of route(8), which is not
                // installed.
                text.append("    gateway4: ")
                        .append(quoted(nic.gateway().toString()))
                        .append('\n');
                text.append("    nameservers:\n");
                text.append("      search: [").append(quoted(nic.domain())).append("]\n");
                text.append("      addresses: [")
                        .append(quoted(nic.gateway().toString()))
                        .append("]\n");
            }
        }
        return text.toString();
    }

    /** A YAML string in double quotes, on one line whatever it holds. */
    private static String quoted(String value) {
        StringBuilder text = new StringBuilder("\"");
        value.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                text.append('\\').append((char) c);
            } else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c >= 0xFEFF) {
                text.append(String.format(java.util.Locale.ROOT, "\\u%04x", c));
            } else {
                text.append((char) c);
            }
        });
        return text.append('"').toString();
    }
}
