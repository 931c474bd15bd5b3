package yunqi.core.network;

import yunqi.core.base.IpAddress;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;

/** A network of a project: one block of addresses, isolated from all others. */
public record Network(Meta meta, NetworkSpec spec, NetworkSeen seen) {
    /** The network that every project has from the start, and that an instance joins if none is named. */
    public static final Name DEFAULT = new Name("default");

    /** What fits through a Geneve tunnel over a 1,500-byte underlay. */
    public static final int MTU = 1442;

    public NetworkId id() {
        return new NetworkId(meta.id());
    }

    public IpAddress gateway() {
        return spec.cidr().at(1);
    }

    /** The DNS domain in which the instances of a project are found. */
    public static String domain(Name project) {
        return project + ".internal";
    }
}
