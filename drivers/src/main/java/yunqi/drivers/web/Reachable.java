package yunqi.drivers.web;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import yunqi.core.base.BadValue;

/**
 * Which addresses may be fetched from: all that the whole Internet may reach, and of the others those that the operator opened. Closed are this machine,
 * its neighbours, private networks, and every form in which one of those can be written as something else.
 */
public final class Reachable {
    // RFC 6890 and its successors: what is not global, and IPv6 blocks that carry an IPv4 address inside.
    private static final List<Block> CLOSED = List.of(
                    "0.0.0.0/8",
                    "10.0.0.0/8",
                    "100.64.0.0/10",
                    "127.0.0.0/8",
                    "169.254.0.0/16",
                    "172.16.0.0/12",
                    "192.0.0.0/24",
                    "192.0.2.0/24",
                    "192.88.99.0/24",
                    "192.168.0.0/16",
                    "198.18.0.0/15",
                    "198.51.100.0/24",
                    "203.0.113.0/24",
                    "224.0.0.0/4",
                    "240.0.0.0/4",
                    "::/96",
                    "64:ff9b::/96",
                    "64:ff9b:1::/48",
                    "100::/64",
                    "2001::/23",
                    "2001:db8::/32",
                    "2002::/16",
                    "fc00::/7",
                    "fe80::/9",
                    "ff00::/8")
            .stream()
            .map(Block::parse)
            .toList();

    private final List<Block> opened;

    /** {@code opened} are blocks such as {@code 10.2.0.0/16} or {@code fd00::/8}. Throws {@link BadValue} for what is none. */
    public Reachable(List<String> opened) {
        this.opened = opened.stream().map(Block::parse).toList();
    }

    boolean permits(InetAddress address) {
        return opened.stream().anyMatch(block -> block.holds(address))
                || CLOSED.stream().noneMatch(block -> block.holds(address));
    }

    /** The addresses of a host that may be fetched from; empty if it has only others. */
    List<InetAddress> of(String host) throws UnknownHostException {
        List<InetAddress> permitted = new ArrayList<>();
        for (InetAddress address : InetAddress.getAllByName(host)) {
            if (permits(address)) {
                permitted.add(address);
            }
        }
        return permitted;
    }

    /** All addresses that begin with the same bits. */
    private record Block(InetAddress base, int bits) {
        static Block parse(String text) {
            int slash = text.indexOf('/');
            String base = slash < 0 ? text : text.substring(0, slash);
            try {
                InetAddress address = InetAddress.ofLiteral(base);
                int most = address.getAddress().length * 8;
                int bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
                if (bits < 0 || bits > most) {
                    throw new IllegalArgumentException(bits + " bits");
                }
                return new Block(address, bits);
            } catch (IllegalArgumentException e) {
                throw new BadValue(
                        "images.fetchFrom", "'" + text + "' is not a block of addresses: write it as 10.2.0.0/16");
            }
        }

        boolean holds(InetAddress address) {
            byte[] here = base.getAddress();
            byte[] there = address.getAddress();
            if (here.length != there.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((here[bit / 8] & mask) != (there[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
