package yunqi.core.base;

/** An IPv4 address, as an unsigned number of 32 bits. Reads and prints dotted decimal. */
public record IpAddress(long number) implements Comparable<IpAddress> {
    public IpAddress {
        if (number < 0 || number > 0xFFFF_FFFFL) {
            throw new BadValue("address", number + " is not an IPv4 address");
        }
    }

    /** Reads dotted decimal, four parts, no leading zeros. Throws {@link BadValue}. */
    public static IpAddress parse(String text) {
        String[] parts = text.split("\\.", -1);
        long number = 0;
        boolean good = parts.length == 4;
        for (int i = 0; good && i < 4; i++) {
            good = parts[i].matches("0|[1-9][0-9]{0,2}") && Integer.parseInt(parts[i]) <= 255;
            number = good ? number << 8 | Integer.parseInt(parts[i]) : 0;
        }
        if (!good) {
            throw new BadValue("address", "'" + text + "' is not an IPv4 address: write it as 10.0.0.5");
        }
        return new IpAddress(number);
    }

    public IpAddress plus(long steps) {
        return new IpAddress(number + steps);
    }

    @Override
    public int compareTo(IpAddress other) {
        return Long.compare(number, other.number);
    }

    @Override
    public String toString() {
        return (number >> 24) + "." + (number >> 16 & 255) + "." + (number >> 8 & 255) + "." + (number & 255);
    }
}
