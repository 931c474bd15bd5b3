package yunqi.core.network;

import java.util.List;
import java.util.Optional;
import yunqi.core.base.Cidr;
import yunqi.core.base.IpAddress;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;

/** A whole network as it should be: its block, its gateway, and every port in it, sorted by address. What isn't in the plan isn't in the network. */
public record NetworkPlan(
        NetworkId id, Name project, Name name, Cidr cidr, IpAddress gateway, String domain, int mtu, List<Port> ports) {
    public NetworkPlan {
        ports = List.copyOf(ports);
    }

    /** One port: it may speak only with this MAC and this address, and only on this host if one is named. {@code instance} is its DNS name. */
    public record Port(PortId id, Name instance, MacAddress mac, IpAddress ip, Optional<HostId> host) {}
}
