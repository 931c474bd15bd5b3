package yunqi.drivers.fake;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.base.Cidr;
import yunqi.core.base.Digest;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.InstancePlan;
import yunqi.core.network.Network;
import yunqi.core.network.NetworkId;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortId;

/** Plans for the tests of the fakes. */
final class FakePlans {
    private FakePlans() {}

    static ImagePlan image(ImageType type, int number) {
        return new ImagePlan(type, "library/some", new Digest(String.format(Locale.ROOT, "sha256:%064x", number)));
    }

    static InstancePlan plan(InstanceId id, ImageType type, List<String> command) {
        return new InstancePlan(
                id,
                new Name("default"),
                new Name("some"),
                type,
                new FlavorSpec(1, Bytes.mebibytes(64), new Bytes(0)),
                image(type, 1),
                true,
                false,
                List.of(),
                command,
                new TreeMap<>(),
                Optional.empty(),
                List.of());
    }

    static NicPlan nic(int number) {
        Cidr block = Cidr.parse("10." + number + ".0.0/24");
        return new NicPlan(
                new PortId(UUID.randomUUID()),
                new NetworkId(UUID.randomUUID()),
                new Name("net-" + number),
                MacAddress.of(block.at(5)),
                block.at(5),
                block.prefix(),
                block.at(1),
                "default.internal",
                Network.MTU);
    }
}
