package yunqi.core.instance;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import yunqi.core.base.BadValue;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.image.ImageType;

/**
 * What a user wants of an instance. A VM and a container are one kind with a {@code type}; what makes sense for both has one name.
 * {@code command} and {@code env} are a container's, {@code userData} and {@code keys} a VM's (through cloud-init). {@code restarts} counts how
 * often a restart was asked for: raising it restarts the instance once.
 */
public record InstanceSpec(
        ImageType type,
        Name image,
        Name flavor,
        List<Nic> networks,
        boolean running,
        RestartPolicy restart,
        List<String> command,
        SortedMap<String, String> env,
        Optional<String> userData,
        List<String> keys,
        Labels hostLabels,
        Optional<Name> host,
        long restarts) {
    public static final int NIC_LIMIT = 8; // PCI slots of a guest are few, and more is a router's job
    public static final int COMMAND_LIMIT = 64 * 1024; // bytes in all; Linux takes 128 KiB for one argument
    public static final int USER_DATA_LIMIT = 64 * 1024; // as EC2 has it, times four
    public static final int KEY_LIMIT = 64;
    private static final Pattern ENV = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
    private static final Pattern KEY =
            Pattern.compile("(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\\p{Cntrl}]{0,200})?");

    /** One network interface: which network, and the address wanted, if any. */
    public record Nic(Name network, Optional<IpAddress> address) {}

    public InstanceSpec {
        networks = List.copyOf(networks);
        command = List.copyOf(command);
        keys = List.copyOf(keys);
        env = Collections.unmodifiableSortedMap(new TreeMap<>(env));
        checkNetworks(networks);
        checkCommand(command, env);
        checkGuest(userData, keys);
        if (type == ImageType.VM && (!command.isEmpty() || !env.isEmpty())) {
            throw new BadValue(
                    command.isEmpty() ? "spec.env" : "spec.command",
                    "is for containers; give a VM its work by spec.userData");
        }
        if (type == ImageType.CONTAINER && (userData.isPresent() || !keys.isEmpty())) {
            throw new BadValue(
                    userData.isPresent() ? "spec.userData" : "spec.keys",
                    "is for VMs; give a container spec.command and spec.env");
        }
        if (restarts < 0) {
            throw new BadValue("spec.restarts", restarts + " is negative");
        }
    }

    private static void checkNetworks(List<Nic> networks) {
        if (networks.isEmpty() || networks.size() > NIC_LIMIT) {
            throw new BadValue("spec.networks", networks.size() + " networks: 1 to " + NIC_LIMIT);
        }
        Set<Name> names = new HashSet<>();
        for (Nic nic : networks) {
            if (!names.add(nic.network())) {
                throw new BadValue("spec.networks", "'" + nic.network() + "' is named twice");
            }
        }
    }

    private static void checkCommand(List<String> command, SortedMap<String, String> env) {
        long size = 0;
        for (String word : command) {
            size += size("spec.command", word);
        }
        for (var entry : env.entrySet()) {
            if (!ENV.matcher(entry.getKey()).matches()) {
                throw new BadValue(
                        "spec.env", "'" + entry.getKey() + "' is not a variable: letters, digits and '_', up to 128");
            }
            size += entry.getKey().length() + size("spec.env." + entry.getKey(), entry.getValue());
        }
        if (size > COMMAND_LIMIT) {
            throw new BadValue(
                    "spec.command", "command and env are " + size + " bytes together: at most " + COMMAND_LIMIT);
        }
    }

    private static int size(String field, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new BadValue(field, "holds a NUL character");
        }
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static void checkGuest(Optional<String> userData, List<String> keys) {
        if (userData.isPresent() && size("spec.userData", userData.get()) > USER_DATA_LIMIT) {
            throw new BadValue("spec.userData", "longer than " + USER_DATA_LIMIT + " bytes");
        }
        if (keys.size() > KEY_LIMIT) {
            throw new BadValue("spec.keys", keys.size() + " keys: at most " + KEY_LIMIT);
        }
        for (String key : keys) {
            if (key.length() > 8192 || !KEY.matcher(key).matches()) {
                throw new BadValue("spec.keys", "not an SSH public key: one line such as 'ssh-ed25519 AAAA… name'");
            }
        }
    }

    public InstanceSpec withRunning(boolean on) {
        return new InstanceSpec(
                type, image, flavor, networks, on, restart, command, env, userData, keys, hostLabels, host, restarts);
    }

    public InstanceSpec withHost(Optional<Name> name) {
        return new InstanceSpec(
                type,
                image,
                flavor,
                networks,
                running,
                restart,
                command,
                env,
                userData,
                keys,
                hostLabels,
                name,
                restarts);
    }

    public InstanceSpec withRestarts(long count) {
        return new InstanceSpec(
                type, image, flavor, networks, running, restart, command, env, userData, keys, hostLabels, host, count);
    }
}
