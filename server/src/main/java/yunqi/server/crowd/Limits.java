package yunqi.server.crowd;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.ByteBufferPool;

/**
 * What the listener takes on at once, and how long it waits for others. {@code requests} are worked on at once; {@code watchers} stay open, half of them from one address;
 * {@code connections} are open, a quarter of them from one address; {@code memory} is held of bodies
 * that are not whole yet and of answers that are not taken yet, a quarter of it for one address; {@code idle} is nothing at all on a connection; {@code between} is the longest between two requests on one,
 * whatever dribbles in meanwhile; {@code body} is the longest that one may take to send a body; {@code take} the longest to take an answer or some events, and as much again for
 * each 4 MB.
 */
public record Limits(
        int requests,
        int watchers,
        int connections,
        long memory,
        Duration idle,
        Duration between,
        Duration body,
        Duration take) {
    /** At the limit of connections, those on which so long nothing passed are closed; watchers' heartbeats come more often. */
    public static final Duration CROWDED = Duration.ofSeconds(12);

    /** How long, and how much, is still listened to of who was refused while he sends. Twice the largest part of an import: who sends more than that doesn't look for an answer. */
    public static final Duration LINGER = Duration.ofSeconds(10);

    public static final long DROPPED = 64L << 20;

    private static final int BUFFERS = 256; // of one size; as many as requests are worked on
    private static final long BUFFERED = 8L << 20; // on the heap, and beside it
    private static final int BYTES_PER_TAKE = 4 << 20;

    private static final int CONNECTIONS = 6_000; // about 20 KB each
    private static final int OTHER_FILES = 2_000; // to the database, the registry, hosts; logs and libraries

    /** The store has tens of connections: more requests would only wait there. A watcher is a virtual thread that mostly sleeps. */
    public static final Limits USUAL = new Limits(
            256,
            2_000,
            affordable(),
            64L << 20, // a quarter of the server's
            Duration.ofSeconds(60),
            Duration.ofSeconds(75),
            Duration.ofSeconds(20), // 50 KB/s for the largest body
            Duration.ofSeconds(60));

    private static int affordable() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? Math.clamp(system.getMaxFileDescriptorCount() - OTHER_FILES, 1_000, CONNECTIONS)
                : CONNECTIONS;
    }

    /** What a listener's connections leave to later ones. Jetty's own keeps, for ever, as much as the largest crowd that ever came needed. */
    public static ByteBufferPool buffers() {
        return new ArrayByteBufferPool(0, -1, -1, BUFFERS, BUFFERED, BUFFERED);
    }

    public Duration take(int bytes) {
        return take.plus(take.multipliedBy(bytes / BYTES_PER_TAKE));
    }
}
