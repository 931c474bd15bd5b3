package yunqi.server.streams;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import yunqi.core.host.HostId;
import yunqi.core.wire.Link;

/**
 * Streams between users and instances. A user asks for one and gets a ticket; the host of the instance is asked to open its end; when both
 * ends are there, frames pass. No more than one frame is held in each direction: a slow reader slows the writer. Safe for use by many threads.
 */
public final class Streams implements AutoCloseable {
    /** Both ends must have come within this time after the ticket was given. */
    public static final Duration TICKET = Duration.ofSeconds(30);

    /** A stream through which nothing passed for so long is ended: somebody forgot it. */
    public static final Duration IDLE = Duration.ofHours(2);

    /** The largest frame that either end may send. */
    public static final int FRAME_LIMIT = 64 * 1024 + 1;

    private static final int STREAM_LIMIT = 2_000; // open at once, with two sockets each; far below the file limit
    private static final int WAITING_LIMIT = 200; // streams that one host hasn't fetched yet: it is away
    private static final Duration RETELL = Duration.ofSeconds(2); // far longer than a host takes to open a stream
    private static final Duration SWEEP = Duration.ofSeconds(1);
    private static final Duration RIGHTS = Duration.ofSeconds(2); // how long a stream outlives its right

    /** What a user wants of an instance. {@code command} and {@code terminal} are for {@code EXEC}, {@code tail} (all lines if negative) and {@code follow} for {@code LOGS}. */
    public record Ask(
            Link.StreamKind kind, UUID instance, List<String> command, boolean terminal, int tail, boolean follow) {
        public Ask {
            command = List.copyOf(command);
        }
    }

    /** One end's WebSocket. */
    public interface Side {
        /** Sends a frame (its first byte says what it is, see {@link Link}); comes back when it is sent. Throws if the socket is gone or too slow. */
        void send(ByteBuffer frame) throws java.io.IOException;

        /** Says why (if there is anything to say), and closes the socket. Doesn't wait. May be repeated. */
        void close(String trouble);
    }

    /** What an end does with what its WebSocket brings. */
    public interface End {
        /** Passes a frame on to the other end; waits for it if it hasn't come yet or is slow. */
        void frame(ByteBuffer frame);

        /** This end's socket is closed, orderly ({@code clean}) or broken: ends the stream. May be repeated. */
        void closed(boolean clean);
    }

    private final SecureRandom random = new SecureRandom();
    private final Map<String, Pipe> pipes = new ConcurrentHashMap<>();
    private final Map<HostId, Waiting> waiting = new ConcurrentHashMap<>();
    private final Thread sweeper;
    private final Thread rights;

    /** Streams that a host shall open and hasn't opened yet. Guarded by itself. */
    private static final class Waiting {
        private final Map<String, Told> requests = new LinkedHashMap<>();
        private long poll; // the newest question of the host; older ones are of a connection that is gone

        /** A request, and when the host was last told of it. */
        private record Told(Link.StreamRequest request, long nanos) {}
    }

    public Streams() {
        sweeper = Thread.ofVirtual().name("streams-sweep").start(this::sweep);
        rights = Thread.ofVirtual().name("streams-rights").start(this::askAgain);
    }

    /**
     * Asks the host to open a stream; gives back the ticket with which the user opens the other end within {@link #TICKET}. The stream ends soon after {@code allowed} says
     * no for the first time.
     */
    public String request(HostId host, Ask ask, BooleanSupplier allowed) {
        if (pipes.size() >= STREAM_LIMIT) {
            throw new TooManyStreams("this server has " + STREAM_LIMIT + " streams open; close some");
        }
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        String ticket = HexFormat.of().formatHex(secret);
        Waiting queue = waiting.computeIfAbsent(host, _ -> new Waiting());
        synchronized (queue) {
            queue.requests.keySet().removeIf(this::settled);
            if (queue.requests.size() >= WAITING_LIMIT) {
                throw new TooManyStreams("the host doesn't answer: " + WAITING_LIMIT + " streams wait for it already");
            }
            pipes.put(ticket, new Pipe(host, allowed, () -> pipes.remove(ticket)));
            Link.StreamRequest request = new Link.StreamRequest(
                    ticket, ask.kind(), ask.instance(), ask.command(), ask.terminal(), ask.tail(), ask.follow());
            queue.requests.put(ticket, new Waiting.Told(request, System.nanoTime() - RETELL.toNanos()));
            queue.notifyAll();
        }
        return ticket;
    }

    /** The user's end. Empty if the ticket is unknown, used, or too old. */
    public Optional<End> user(String ticket, Side side) {
        Pipe pipe = pipes.get(ticket);
        return pipe == null ? Optional.empty() : pipe.user(side);
    }

    /** The host's end. Empty if the ticket is unknown, used, too old, or another host's. */
    public Optional<End> host(HostId host, String ticket, Side side) {
        Pipe pipe = pipes.get(ticket);
        return pipe == null || !pipe.belongsTo(host) ? Optional.empty() : pipe.host(side);
    }

    /**
     * The streams that the host shall open now; waits for the first at most this long. One that it doesn't open is told again: the answer may have gone to
     * an agent that is no more. A newer question of the same host ends an older one.
     */
    public List<Link.StreamRequest> next(HostId host, Duration longest) throws InterruptedException {
        Waiting queue = waiting.computeIfAbsent(host, _ -> new Waiting());
        long end = System.nanoTime() + longest.toNanos();
        synchronized (queue) {
            long mine = ++queue.poll;
            queue.notifyAll();
            while (mine == queue.poll) {
                List<Link.StreamRequest> due = due(queue);
                long millis = (end - System.nanoTime()) / 1_000_000;
                if (!due.isEmpty() || millis <= 0) {
                    return due;
                }
                queue.wait(queue.requests.isEmpty() ? millis : Math.min(millis, RETELL.toMillis()));
            }
            return List.of();
        }
    }

    private List<Link.StreamRequest> due(Waiting queue) {
        queue.requests.keySet().removeIf(this::settled);
        long now = System.nanoTime();
        List<Link.StreamRequest> due = new ArrayList<>();
        queue.requests.replaceAll((_, told) -> {
            if (now - told.nanos() < RETELL.toNanos()) {
                return told;
            }
            due.add(told.request());
            return new Waiting.Told(told.request(), now);
        });
        return due;
    }

    /** True if the host has opened its end, or the stream is over. */
    private boolean settled(String ticket) {
        Pipe pipe = pipes.get(ticket);
        return pipe == null || pipe.opened();
    }

    /** How many streams are open or about to be. */
    public int count() {
        return pipes.size();
    }

    /** On a thread of its own: whoever is asked may have to look into the database. */
    private void askAgain() {
        try {
            while (true) {
                Thread.sleep(RIGHTS);
                new HashMap<>(pipes).values().forEach(Pipe::endIfForbidden);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sweep() {
        try {
            while (true) {
                Thread.sleep(SWEEP);
                new HashMap<>(pipes).values().forEach(Pipe::endIfIdle);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A frame that tells an end why the stream is over. */
    static ByteBuffer trouble(String why) {
        Link.Control control =
                new Link.Control(Optional.empty(), Optional.empty(), false, Optional.empty(), Optional.of(why));
        byte[] json = yunqi.core.wire.Wire.write(control).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(json.length + 1).put(Link.CONTROL).put(json).flip();
    }

    @Override
    public void close() {
        sweeper.interrupt();
        rights.interrupt();
        new HashMap<>(pipes).values().forEach(pipe -> pipe.end("the server stops"));
    }
}
