package yunqi.drivers.web;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * One GET by HTTP/1.1 over one connection to one address that was chosen before. The JDK's clients look names up by themselves, at a moment of their own: with
 * them an address that was found good would not be the one that is connected to.
 */
final class WebAnswer implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration SILENCE = Duration.ofSeconds(30); // so long nothing may come before we hang up
    private static final Duration NEVER = Duration.ofDays(365);
    private static final int LINE_LIMIT = 16 << 10; // bytes; of a header
    private static final int HEADERS = 100;
    private static final int BUFFER = 1 << 16;

    private final Socket socket;
    private final int status;
    private final Map<String, String> headers;
    private final InputStream body;

    private WebAnswer(Socket socket, int status, Map<String, String> headers, InputStream body) {
        this.socket = socket;
        this.status = status;
        this.headers = Map.copyOf(headers);
        this.body = body;
    }

    /** How to connect: by which TLS, and how long all of it may take, if that is limited. */
    record Manner(SSLSocketFactory tls, Optional<Duration> longest) {
        static Manner usual() {
            return new Manner((SSLSocketFactory) SSLSocketFactory.getDefault(), Optional.empty());
        }
    }

    /** Asks for all that comes from this byte on, at the first of the addresses that can be connected to. */
    static WebAnswer ask(URI uri, List<InetAddress> addresses, long from) throws IOException {
        return ask(uri, addresses, request(uri, from).getBytes(StandardCharsets.US_ASCII), Manner.usual());
    }

    /** Sends this request to the first of the addresses that can be connected to. */
    static WebAnswer ask(URI uri, List<InetAddress> addresses, byte[] request, Manner manner) throws IOException {
        long end = System.nanoTime() + manner.longest.orElse(NEVER).toNanos();
        Socket socket = connect(uri, addresses, manner, end);
        try {
            socket.getOutputStream().write(request);
            InputStream in = new BufferedInputStream(new Hurried(socket, end), BUFFER);
            String first = line(in);
            if (!first.matches("HTTP/1\\.[01] [1-9][0-9]{2}( .*)?")) {
                throw new IOException("it does not speak HTTP");
            }
            Map<String, String> headers = headers(in);
            return new WebAnswer(socket, Integer.parseInt(first.substring(9, 12)), headers, body(in, headers));
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Pure. */
    static String request(URI uri, long from) {
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return "GET " + path + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery()) + " HTTP/1.1\r\n"
                + "Host: " + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()) + "\r\n"
                + "User-Agent: yunqi\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n"
                + (from > 0 ? "Range: bytes=" + from + "-\r\n" : "") + "\r\n";
    }

    private static Socket connect(URI uri, List<InetAddress> addresses, Manner manner, long end) throws IOException {
        boolean secure = "https".equalsIgnoreCase(uri.getScheme());
        int port = uri.getPort() > 0 ? uri.getPort() : secure ? 443 : 80;
        IOException trouble = new IOException("it has no address");
        for (InetAddress address : addresses) {
            Socket plain = new Socket();
            try {
                plain.connect(new InetSocketAddress(address, port), left(end, CONNECT));
                plain.setSoTimeout(left(end, SILENCE));
                return secure ? secured(manner.tls, plain, uri.getHost(), port) : plain;
            } catch (IOException e) {
                plain.close();
                trouble = e;
            }
        }
        throw trouble;
    }

    /** Milliseconds until the end, but no more than these. */
    private static int left(long end, Duration most) throws IOException {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
            throw new SocketTimeoutException("it takes too long");
        }
        return (int) Math.min(left, most.toMillis());
    }

    private static Socket secured(SSLSocketFactory factory, Socket plain, String host, int port) throws IOException {
        if (!(factory.createSocket(plain, host, port, true) instanceof SSLSocket socket)) {
            throw new IOException("this Java makes no TLS sockets");
        }
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS"); // the certificate must be for the name in the address
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static Map<String, String> headers(InputStream in) throws IOException {
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            if (colon < 1 || headers.size() == HEADERS) {
                throw new IOException("its answer is not HTTP");
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int one = in.read(); one != '\n'; one = in.read()) {
            if (one < 0) {
                throw new EOFException("it hung up in the middle of its answer");
            }
            if (line.size() == LINE_LIMIT) {
                throw new IOException("a line of its answer is longer than " + LINE_LIMIT + " bytes");
            }
            line.write(one);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    private static InputStream body(InputStream in, Map<String, String> headers) throws IOException {
        if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
            return new Parts(in);
        }
        if (!headers.containsKey("content-length")) {
            return in; // ends when the other end hangs up; the digest tells whether that was all
        }
        return new Counted(in, number(headers.get("content-length")));
    }

    private static long number(String text) throws IOException {
        if (!text.matches("[0-9]{1,18}")) {
            throw new IOException("its answer has a length that is no number");
        }
        return Long.parseLong(text);
    }

    int status() {
        return status;
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** How many bytes come, if the other end says so. */
    Optional<Long> length() throws IOException {
        return body instanceof Counted counted ? Optional.of(counted.left) : Optional.empty();
    }

    /** Where the part that comes begins in the whole; -1 if that is not said. */
    long begins() {
        String range = header("content-range").orElse("");
        return range.matches("bytes [0-9]{1,18}-[0-9]{1,18}/.*")
                ? Long.parseLong(range.substring(6, range.indexOf('-')))
                : -1;
    }

    /** Throws unless what comes is the file itself. */
    void encoded() throws IOException {
        if (!header("content-encoding").orElse("identity").equalsIgnoreCase("identity")) {
            throw new IOException("it packs what it sends though it was asked not to");
        }
    }

    InputStream body() {
        return body;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** What a socket gives until a moment: however slowly it comes, reading ends then. */
    private static final class Hurried extends FilterInputStream {
        private final Socket socket;
        private final long end;

        Hurried(Socket socket, long end) throws IOException {
            super(socket.getInputStream());
            this.socket = socket;
            this.end = end;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            socket.setSoTimeout(left(end, SILENCE));
            return super.read(into, offset, length);
        }
    }

    /** A body whose length was said: its early end is an error, not an end. */
    private static final class Counted extends InputStream {
        private final InputStream in;
        private long left;

        Counted(InputStream in, long left) {
            this.in = in;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = in.read(into, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("it hung up " + left + " bytes before the end");
            }
            left -= count;
            return count;
        }
    }

    /** A body in parts, each with its length before it. */
    private static final class Parts extends InputStream {
        private final InputStream in;
        private long left;
        private boolean begun;
        private boolean ended;

        Parts(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (left == 0 && !ended) {
                next();
            }
            if (ended) {
                return -1;
            }
            int count = in.read(into, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException("it hung up before the end");
            }
            left -= count;
            return count;
        }

        private void next() throws IOException {
            if (begun) {
                line(in); // the end of the part before
            }
            begun = true;
            String length = line(in).replaceAll(";.*", "").strip();
            if (!length.matches("[0-9a-fA-F]{1,15}")) {
                throw new IOException("its answer has a part without a length");
            }
            left = Long.parseLong(length, 16);
            ended = left == 0;
        }
    }
}
