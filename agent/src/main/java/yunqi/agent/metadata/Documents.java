package yunqi.agent.metadata;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import yunqi.core.base.Cidr;
import yunqi.core.base.IpAddress;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.Seed;
import yunqi.core.network.NicPlan;
import yunqi.core.wire.Wire;

/**
 * All that one instance may read about itself, as a tree of texts. Pure. Two trees: {@code ec2} is below each version's name, as EC2 has it;
 * {@code nocloud} holds the files of cloud-init's NoCloud form, the same that a VM's seed has.
 */
final class Documents {
    private static final String KEYS = "meta-data/public-keys";
    private static final String IDENTITY = "dynamic/instance-identity/document";

    private final SortedMap<String, String> ec2;
    private final SortedMap<String, String> nocloud;

    private Documents(SortedMap<String, String> ec2, SortedMap<String, String> nocloud) {
        this.ec2 = ec2;
        this.nocloud = nocloud;
    }

    static Documents of(Assignment assignment) {
        SortedMap<String, String> nocloud = Seed.texts(assignment.plan());
        nocloud.put("vendor-data", ""); // cloud-init asks for it ten times before it believes that there is none
        return new Documents(ec2(assignment), nocloud);
    }

    /** What is at a path of the EC2 tree: a text, or the names of what is below it. Empty if nothing is. */
    Optional<String> ec2(String path) {
        return at(ec2, path);
    }

    /** The same in the tree of NoCloud's files. */
    Optional<String> nocloud(String path) {
        return at(nocloud, path);
    }

    /** The identity document of EC2. No one has signed it; it spares a program several questions. */
    private record Identity(
            String instanceId,
            Optional<String> imageId,
            Optional<String> instanceType,
            Optional<String> availabilityZone,
            Optional<String> privateIp,
            String version) {}

    private static SortedMap<String, String> ec2(Assignment assignment) {
        InstancePlan plan = assignment.plan();
        SortedMap<String, String> tree = new TreeMap<>();
        String id = plan.id().toString();
        String image = assignment
                .names()
                .map(names -> names.image().value())
                .orElse(plan.image().digest().toString());
        Optional<String> flavor = assignment.names().map(names -> names.flavor().value());
        Optional<String> zone =
                assignment.names().flatMap(Assignment.Names::zone).map(Object::toString);
        tree.put("meta-data/instance-id", id);
        tree.put("meta-data/ami-id", image);
        flavor.ifPresent(name -> tree.put("meta-data/instance-type", name));
        zone.ifPresent(name -> tree.put("meta-data/placement/availability-zone", name));
        String hostname = hostname(plan);
        tree.put("meta-data/hostname", hostname);
        tree.put("meta-data/local-hostname", hostname);
        for (int i = 0; i < plan.nics().size(); i++) {
            nic(tree, plan.nics().get(i), i, hostname);
        }
        for (int i = 0; i < plan.keys().size(); i++) {
            tree.put(KEYS + "/" + i + "/openssh-key", plan.keys().get(i));
        }
        plan.userData().ifPresent(text -> tree.put("user-data", text));
        Optional<String> ip =
                plan.nics().stream().findFirst().map(nic -> nic.ip().toString());
        tree.put(IDENTITY, Wire.write(new Identity(id, Optional.of(image), flavor, zone, ip, "2017-09-30")));
        return tree;
    }

    private static String hostname(InstancePlan plan) {
        return plan.nics().isEmpty()
                ? plan.name().value()
                : plan.name() + "." + plan.nics().getFirst().domain();
    }

    private static void nic(SortedMap<String, String> tree, NicPlan nic, int index, String hostname) {
        if (index == 0) {
            tree.put("meta-data/local-ipv4", nic.ip().toString());
            tree.put("meta-data/mac", nic.mac().value());
        }
        String here = "meta-data/network/interfaces/macs/" + nic.mac() + "/";
        tree.put(here + "device-number", Integer.toString(index));
        tree.put(here + "local-hostname", hostname);
        tree.put(here + "local-ipv4s", nic.ip().toString());
        tree.put(here + "mac", nic.mac().value());
        tree.put(here + "subnet-ipv4-cidr-block", block(nic).toString());
    }

    private static Cidr block(NicPlan nic) {
        long hosts = (1L << (32 - nic.prefix())) - 1;
        return new Cidr(new IpAddress(nic.ip().number() & ~hosts), nic.prefix());
    }

    private static Optional<String> at(SortedMap<String, String> tree, String path) {
        String text = tree.get(path);
        if (text != null) {
            return Optional.of(text);
        }
        String folder = path.isEmpty() || path.endsWith("/") ? path : path + "/";
        SortedSet<String> names = new TreeSet<>();
        for (String key : tree.tailMap(folder).keySet()) {
            if (!key.startsWith(folder)) {
                break;
            }
            String rest = key.substring(folder.length());
            int slash = rest.indexOf('/');
            names.add(slash < 0 ? rest : rest.substring(0, slash + 1));
        }
        // Keys are listed with a name each; who reads them cuts it off again.
        List<String> lines = folder.equals(KEYS + "/")
                ? names.stream()
                        .map(name -> name.replace("/", ""))
                        .map(number -> number + "=key-" + number)
                        .toList()
                : List.copyOf(names);
        return names.isEmpty() ? Optional.empty() : Optional.of(String.join("\n", lines));
    }
}
