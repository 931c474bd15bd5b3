package yunqi.core.base;

import java.util.Locale;
import java.util.regex.Pattern;

/** An Ethernet address in lower case with colons. */
public record MacAddress(String value) {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");

    public MacAddress {
        if (!FORM.matcher(value).matches()) {
            throw new BadValue("mac", "'" + value + "' is not a MAC address: write it as 0a:00:00:00:00:01");
        }
    }

    /**
     * The address that belongs to an IPv4 address inside one network: {@code 0a:58} and the four bytes. Unique in a network because the
     * address is; the first byte has the local bit set and the group bit clear.
     */
    public static MacAddress of(IpAddress ip) {
        long n = ip.number();
        return new MacAddress(
                String.format(Locale.ROOT, "0a:58:%02x:%02x:%02x:%02x", n >> 24, n >> 16 & 255, n >> 8 & 255, n & 255));
    }

    @Override
    public String toString() {
        return value;
    }
}
