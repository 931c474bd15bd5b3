package yunqi.agent.engines;

import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import yunqi.core.base.IpAddress;

/** Which address of this machine other hosts reach it at. */
public final class Tunnel {
    private static final int ANY_PORT = 9; // nothing is sent: the kernel only chooses a route
    private static final String FAR =
            "192.0.2.1"; // for documentation only: whatever isn't near is behind the default route

    private Tunnel() {}

    /**
     * The address from which this machine speaks to the server; where the server is on this very machine, the one from which it speaks to the world; the
     * loopback if there is no network at all.
     */
    public static IpAddress address(String server) {
        InetAddress near = from(server);
        InetAddress chosen = near.isLoopbackAddress() ? from(FAR) : near;
        boolean useful = chosen instanceof Inet4Address && !chosen.isAnyLocalAddress();
        return IpAddress.parse(useful ? chosen.getHostAddress() : "127.0.0.1");
    }

    private static InetAddress from(String to) {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(to, ANY_PORT));
            return socket.getLocalAddress();
        } catch (SocketException | java.io.UncheckedIOException e) {
            return InetAddress.getLoopbackAddress();
        }
    }
}
