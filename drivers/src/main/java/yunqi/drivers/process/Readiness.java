package yunqi.drivers.process;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import yunqi.core.base.EngineException;

/** Whether a daemon answers. */
final class Readiness {
    private static final int SOCKET_PATH_LIMIT = 107; // bytes; sun_path of Linux with its final zero
    private static final int CONNECT_MILLIS = 500; // the port is on this machine

    private Readiness() {}

    /** Refuses what can never be ready. */
    static void check(Daemon daemon) throws EngineException {
        if (daemon.ready() instanceof Daemon.Ready.Socket(Path path)
                && path.toString().getBytes(StandardCharsets.UTF_8).length > SOCKET_PATH_LIMIT) {
            throw new EngineException(
                    EngineException.Kind.REFUSED,
                    daemon.name() + ": " + path + " is longer than the " + SOCKET_PATH_LIMIT
                            + " characters that a Unix socket may have; choose a shorter state root");
        }
    }

    static boolean ready(Daemon daemon) {
        return switch (daemon.ready()) {
            case Daemon.Ready.Socket(Path path) -> accepts(path);
            case Daemon.Ready.Port(String address, int port) -> accepts(address, port);
            case Daemon.Ready.File(Path path) -> fresh(path, daemon.pidFile());
            case Daemon.Ready.Running() -> true;
        };
    }

    private static boolean accepts(Path path) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.configureBlocking(false);
            return channel.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean accepts(String address, int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** A file that an earlier run left behind says nothing. */
    private static boolean fresh(Path path, Path pidFile) {
        try {
            return Files.exists(path)
                    && Files.getLastModifiedTime(path).compareTo(Files.getLastModifiedTime(pidFile)) >= 0;
        } catch (IOException e) {
            return false;
        }
    }
}
