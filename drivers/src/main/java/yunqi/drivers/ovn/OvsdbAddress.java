package yunqi.drivers.ovn;

import java.nio.file.Path;
import javax.net.ssl.SSLContext;

/** Where an OVSDB server listens. */
public sealed interface OvsdbAddress {
    /** A Unix socket. */
    record Unix(Path path) implements OvsdbAddress {
        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /** TCP without encryption: for this machine and for tests. */
    record Tcp(String host, int port) implements OvsdbAddress {
        @Override
        public String toString() {
            return "tcp:" + host + ":" + port;
        }
    }

    /** TLS; {@code context} holds our certificate and whom we trust. */
    record Tls(String host, int port, SSLContext context) implements OvsdbAddress {
        @Override
        public String toString() {
            return "ssl:" + host + ":" + port;
        }
    }
}
