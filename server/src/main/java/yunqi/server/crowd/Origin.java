package yunqi.server.crowd;

import java.net.InetAddress;
import java.util.HexFormat;

/** Where somebody calls from, as far as he can be told from others. */
public final class Origin {
    private Origin() {}

    /** Whoever has one IPv6 address has 2^64 of them: the first half is counted as one. */
    public static String of(String address) {
        try {
            byte[] bytes = InetAddress.ofLiteral(address.replaceAll("[\\[\\]]|%.*", ""))
                    .getAddress();
            return bytes.length == 16 ? HexFormat.of().formatHex(bytes, 0, 8) : address;
        } catch (IllegalArgumentException e) {
            return address;
        }
    }
}
