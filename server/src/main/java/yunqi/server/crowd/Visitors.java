package yunqi.server.crowd;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;

/**
 * Who is connected. One address gets a share of the connections, so that it leaves some for others; and a connection on which no request has come for too long is
 * closed, however busily bytes of a handshake or a head drip in. Safe for use by many threads.
 */
public final class Visitors implements Connection.Listener, HttpConfiguration.Customizer, AutoCloseable {
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Shares shares;
    private final Duration between;
    private final Map<SslConnection, Visit> visits = new ConcurrentHashMap<>();
    private final Thread looker = Thread.ofVirtual().name("visitors").start(this::look);

    /** One connection. {@code protocol} is what is spoken on it at first: what a WebSocket does is not our business. */
    private static final class Visit {
        private final String from;
        private final Connection protocol;
        private volatile boolean working;
        private volatile long since = System.nanoTime();

        Visit(String from, Connection protocol) {
            this.from = from;
            this.protocol = protocol;
        }
    }

    /** So many from one address; so long between two requests on a connection. */
    public Visitors(int fromOne, Duration between) {
        this.shares = new Shares(Long.MAX_VALUE, fromOne);
        this.between = between;
    }

    @Override
    public void onOpened(Connection connection) {
        if (connection instanceof SslConnection tls) {
            String from = from(tls.getEndPoint().getRemoteSocketAddress());
            if (shares.take(from, 1)) {
                visits.put(tls, new Visit(from, tls.getSslEndPoint().getConnection()));
            } else {
                tls.getEndPoint().close();
            }
        }
    }

    @Override
    public void onClosed(Connection connection) {
        if (connection instanceof SslConnection tls) {
            Visit visit = visits.remove(tls);
            if (visit != null) {
                shares.give(visit.from, 1);
            }
        }
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable headers) {
        if (request.getConnectionMetaData().getConnection().getEndPoint() instanceof SslConnection.SslEndPoint end) {
            Visit visit = visits.get(end.getSslConnection());
            if (visit != null) {
                visit.working = true;
                Request.addCompletionListener(request, _ -> {
                    visit.since = System.nanoTime();
                    visit.working = false;
                });
            }
        }
        return request;
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                visits.forEach((tls, visit) -> {
                    boolean waits = !visit.working
                            && visit.protocol.equals(tls.getSslEndPoint().getConnection());
                    if (waits && System.nanoTime() - visit.since > between.toNanos()) {
                        tls.getEndPoint().close(new TimeoutException("no request within " + between));
                    }
                });
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String from(SocketAddress address) {
        return address instanceof InetSocketAddress internet && !internet.isUnresolved()
                ? Origin.of(internet.getAddress().getHostAddress())
                : "";
    }

    @Override
    public void close() {
        looker.interrupt();
    }
}
