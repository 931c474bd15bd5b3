package yunqi.core.base;

/** An IPv4 block such as {@code 10.0.0.0/24}: base address without host bits, and 0 to 32 bits of prefix. */
public record Cidr(IpAddress base, int prefix) {
    public Cidr {
        if (prefix < 0 || prefix > 32) {
            throw new BadValue("cidr", "/" + prefix + " is not a prefix length: use 0 to 32");
        }
        if ((base.number() & (size(prefix) - 1)) != 0) {
            throw new BadValue(
                    "cidr",
                    base + "/" + prefix + " has host bits set: did you mean "
                            + new IpAddress(base.number() & -size(prefix)) + "/" + prefix + "?");
        }
    }

    /** Reads {@code a.b.c.d/n}. Throws {@link BadValue}. */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,2}")) {
            throw new BadValue("cidr", "'" + text + "' is not a block of addresses: write it as 10.0.0.0/24");
        }
        return new Cidr(IpAddress.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    public long size() {
        return size(prefix);
    }

    public boolean contains(IpAddress address) {
        return address.number() >= base.number() && address.number() < base.number() + size();
    }

    public boolean overlaps(Cidr other) {
        return contains(other.base) || other.contains(base);
    }

    /** The {@code n}-th address of the block. */
    public IpAddress at(long n) {
        return base.plus(n);
    }

    private static long size(int prefix) {
        return 1L << (32 - prefix);
    }

    @Override
    public String toString() {
        return base + "/" + prefix;
    }
}
