package yunqi.core.network;

import yunqi.core.base.IpAddress;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;

/** One network interface of an instance, with all that its host must know to set it up. */
public record NicPlan(
        PortId port,
        NetworkId network,
        Name networkName,
        MacAddress mac,
        IpAddress ip,
        int prefix,
        IpAddress gateway,
        String domain,
        int mtu) {}
