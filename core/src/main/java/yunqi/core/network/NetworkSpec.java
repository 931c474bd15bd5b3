package yunqi.core.network;

import yunqi.core.base.BadValue;
import yunqi.core.base.Cidr;

/** What a user wants of a network: one block of addresses, /16 to /29. The first address is the gateway's, the last the broadcast's. */
public record NetworkSpec(Cidr cidr) {
    public static final NetworkSpec FIRST = new NetworkSpec(Cidr.parse("10.0.0.0/24"));

    public NetworkSpec {
        if (cidr.prefix() < 16 || cidr.prefix() > 29) {
            throw new BadValue("spec.cidr", cidr + ": a network is between /16 and /29");
        }
        if (cidr.overlaps(Metadata.BLOCK)) {
            throw new BadValue(
                    "spec.cidr",
                    cidr + " holds " + Metadata.ADDRESS
                            + ", where every instance asks about itself: use a private block");
        }
    }
}
