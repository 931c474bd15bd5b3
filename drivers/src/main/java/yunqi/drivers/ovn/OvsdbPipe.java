package yunqi.drivers.ovn;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import javax.net.ssl.SSLSocket;

/** Bytes to and from an OVSDB server, whatever lies between. One thread may read while another writes. */
interface OvsdbPipe extends Closeable {
    /** How many bytes were read into the buffer; negative at the end. */
    int read(byte[] buffer) throws IOException;

    void write(byte[] bytes) throws IOException;

    static OvsdbPipe open(OvsdbAddress address, Duration patience) throws IOException {
        return switch (address) {
            case OvsdbAddress.Unix(var path) ->
                new OfChannel(connected(StandardProtocolFamily.UNIX, UnixDomainSocketAddress.of(path)));
            case OvsdbAddress.Tcp(var host, int port) -> new OfSocket(connected(host, port, patience));
            case OvsdbAddress.Tls(var host, int port, var context) -> {
                Socket plain = connected(host, port, patience);
                try {
                    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true);
                    socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
                    socket.startHandshake();
                    socket.setSoTimeout(0); // from here on the link's own probes find out whether the other side lives
                    yield new OfSocket(socket);
                } catch (IOException e) {
                    plain.close();
                    throw e;
                }
            }
        };
    }

    private static SocketChannel connected(StandardProtocolFamily family, SocketAddress address) throws IOException {
        SocketChannel channel = SocketChannel.open(family);
        try {
            channel.connect(address); // a Unix socket answers at once or not at all
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static Socket connected(String host, int port, Duration patience) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(host, port), Math.toIntExact(patience.toMillis()));
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true); // requests are small and someone waits for each
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** A Unix socket. Not through streams: those of a channel share one lock between reading and writing. */
    record OfChannel(SocketChannel channel) implements OvsdbPipe {
        @Override
        public int read(byte[] buffer) throws IOException {
            return channel.read(ByteBuffer.wrap(buffer));
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** TCP, plain or with TLS. */
    record OfSocket(Socket socket, InputStream in, OutputStream out) implements OvsdbPipe {
        OfSocket(Socket socket) throws IOException {
            this(socket, socket.getInputStream(), socket.getOutputStream());
        }

        @Override
        public int read(byte[] buffer) throws IOException {
            return in.read(buffer);
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            out.write(bytes);
            out.flush();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
