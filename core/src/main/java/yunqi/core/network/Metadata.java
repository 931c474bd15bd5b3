package yunqi.core.network;

import yunqi.core.base.Cidr;
import yunqi.core.base.IpAddress;
import yunqi.core.base.MacAddress;

/**
 * Where an instance asks about itself, in every network. The service has a port in each network, at the address that all clouds use for it, and that
 * port is on every host at once: each host answers its own instances. The router of the network has a second address beside it, so a question takes
 * the instance's ordinary default route, and its answer the service's.
 */
public final class Metadata {
    /** The two addresses and nothing else: no network of a user may overlap it. */
    public static final Cidr BLOCK = Cidr.parse("169.254.169.252/30");

    public static final IpAddress ROUTER = BLOCK.at(1);

    /** The address that cloud-init and the tools of other clouds ask. */
    public static final IpAddress ADDRESS = BLOCK.at(2);

    public static final MacAddress MAC = MacAddress.of(ADDRESS);

    private Metadata() {}

    /** The service's port in a network. One a network, so it goes by the network's id. */
    public static PortId port(NetworkId network) {
        return new PortId(network.value());
    }

    /** The service's interface in the network in which an instance has this one. */
    public static NicPlan nic(NicPlan of) {
        return new NicPlan(
                port(of.network()),
                of.network(),
                of.networkName(),
                MAC,
                ADDRESS,
                BLOCK.prefix(),
                ROUTER,
                of.domain(),
                of.mtu());
    }
}
