package yunqi.agent.metadata;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.IpAddress;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.instance.RestartPolicy;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;

/** Instances for these tests. */
final class Guest {
    private Guest() {}

    static NetworkId network(int number) {
        return new NetworkId(new UUID(0x4e, number));
    }

    static NicPlan nic(int network, String ip) {
        IpAddress address = IpAddress.parse(ip);
        return new NicPlan(
                new PortId(new UUID(network, address.number())),
                network(network),
                new Name("net-" + network),
                MacAddress.of(address),
                address,
                24,
                new IpAddress((address.number() & ~255L) + 1),
                "blue.internal",
                1442);
    }

    static Assignment with(String name, Optional<String> userData, List<String> keys, NicPlan... nics) {
        InstancePlan plan = new InstancePlan(
                new InstanceId(UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8))),
                new Name("blue"),
                new Name(name),
                ImageType.VM,
                new FlavorSpec(1, Bytes.mebibytes(512), Bytes.gibibytes(4)),
                new ImagePlan(ImageType.VM, "library/debian", new Digest("sha256:" + "0".repeat(63) + "1")),
                true,
                true,
                List.of(nics),
                List.of(),
                new TreeMap<>(),
                userData,
                keys);
        return new Assignment(
                plan,
                Assignment.Wanted.RUNNING,
                1,
                RestartPolicy.ALWAYS,
                0,
                "",
                Optional.of(new Assignment.Names(
                        new Name("debian-12"), new Name("small"), Optional.of(new Name("zone-1")))));
    }

    static Assignment at(String name, NicPlan... nics) {
        return with(name, Optional.empty(), List.of(), nics);
    }

    static Assignment gone(Assignment a) {
        return new Assignment(
                a.plan(), Assignment.Wanted.ABSENT, a.epoch(), a.restart(), a.restarts(), a.applied(), a.names());
    }
}
