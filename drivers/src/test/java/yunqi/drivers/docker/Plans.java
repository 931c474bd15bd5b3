package yunqi.drivers.docker;

import java.util.List;
import java.util.Map;
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
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;

/** Plans of containers for tests. */
final class Plans {
    static final InstanceId ID = new InstanceId(UUID.fromString("11111111-2222-3333-4444-555555555555"));
    static final IpAddress IP = IpAddress.parse("10.9.8.7");

    private Plans() {}

    static InstancePlan plan(InstanceId id, Digest image, List<String> command, Map<String, String> env) {
        return new InstancePlan(
                id,
                new Name("demo"),
                new Name("web"),
                ImageType.CONTAINER,
                new FlavorSpec(1, Bytes.mebibytes(64), Bytes.gibibytes(1)),
                new ImagePlan(ImageType.CONTAINER, "library/busybox", image),
                false,
                false,
                List.of(new NicPlan(
                        new PortId(new UUID(7, 7)),
                        new NetworkId(new UUID(8, 8)),
                        new Name("default"),
                        MacAddress.of(IP),
                        IP,
                        24,
                        IpAddress.parse("10.9.8.1"),
                        "demo.internal",
                        1442)),
                command,
                new TreeMap<>(env),
                Optional.empty(),
                List.of());
    }

    static InstancePlan withMemory(InstancePlan plan, Bytes memory) {
        return new InstancePlan(
                plan.id(),
                plan.project(),
                plan.name(),
                plan.type(),
                new FlavorSpec(1, memory, plan.shape().disk()),
                plan.image(),
                plan.agent(),
                plan.cloudInit(),
                plan.nics(),
                plan.command(),
                plan.env(),
                plan.userData(),
                plan.keys());
    }
}
