package yunqi.agent.metadata;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.IpAddress;
import yunqi.core.instance.Assignment;

/**
 * The service in one network: takes connections, each with one question, and gives the answers. What an instance can use up by asking is bounded, so that
 * neither its neighbours nor the agent feel it.
 */
final class Door implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Door.class);

    /** Connections at once in the network; guests ask one question at a time, and are done within milliseconds. */
    static final int CONNECTIONS = 64;

    /** Connections at once from one address. */
    static final int CONNECTIONS_EACH = 16;

    /** How long a connection may take in all, to ask and to be answered: an emulated guest on a busy machine needs one or two seconds. */
    static final Duration LONGEST = Duration.ofSeconds(10);

    /** One address has 200 answers a second, and 100 at once before that counts; more wait, and so does who asked. Reading everything takes 40. */
    private static final Duration PACE = Duration.ofMillis(5);

    private static final Duration AHEAD = PACE.multipliedBy(100);

    private static final Duration STUMBLED =
            Duration.ofMillis(200); // out of files, say: that is over soon or not at all

    private final ServerSocketChannel listener;
    private final Answers answers;
    private final Function<IpAddress, Optional<Assignment>> askers;
    private final Duration longest;
    private final Map<IpAddress, Asker> here = new HashMap<>(); // guarded by itself, and what is in it, too
    private int all; // connections together; guarded by here

    /** What is known of one address: its connections, and until when its answers fill the time at the pace that it has. */
    private static final class Asker {
        private int open;
        private long filled = System.nanoTime();
    }

    /** Takes the listener over, and begins. {@code askers} knows which instance has an address in this network. */
    Door(
            ServerSocketChannel listener,
            Answers answers,
            Function<IpAddress, Optional<Assignment>> askers,
            Duration longest) {
        this.listener = listener;
        this.answers = answers;
        this.askers = askers;
        this.longest = longest;
        Thread.ofVirtual().name("metadata-door").start(this::accept);
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                SocketChannel channel = listener.accept();
                IpAddress from = from(channel);
                if (enter(from)) {
                    Thread.ofVirtual().name("metadata-answer").start(() -> serve(channel, from));
                } else {
                    channel.close();
                }
            } catch (IOException e) {
                if (listener.isOpen()) {
                    LOG.warn("a question could not be taken: {}", e.getMessage());
                    pause(STUMBLED);
                }
            }
        }
    }

    private static IpAddress from(SocketChannel channel) throws IOException {
        if (channel.getRemoteAddress() instanceof InetSocketAddress address
                && address.getAddress() instanceof Inet4Address ip) {
            return new IpAddress(
                    Integer.toUnsignedLong(ByteBuffer.wrap(ip.getAddress()).getInt()));
        }
        throw new IOException("it came from no IPv4 address");
    }

    private boolean enter(IpAddress from) {
        synchronized (here) {
            Asker asker = here.computeIfAbsent(from, _ -> new Asker());
            if (all >= CONNECTIONS || asker.open >= CONNECTIONS_EACH) {
                return false;
            }
            asker.open++;
            all++;
            return true;
        }
    }

    /** How long this answer must wait, lest its asker have more than its share. */
    private Duration turn(IpAddress from) {
        synchronized (here) {
            Asker asker = here.computeIfAbsent(from, _ -> new Asker());
            long now = System.nanoTime();
            asker.filled = Math.max(now, asker.filled) + PACE.toNanos();
            return Duration.ofNanos(Math.max(0, asker.filled - now - AHEAD.toNanos()));
        }
    }

    private void leave(IpAddress from) {
        synchronized (here) {
            all--;
            // Who is remembered has the address of an instance in this network, so there are never many.
            here.computeIfPresent(from, (_, asker) -> {
                asker.open--;
                return asker.open == 0 && asker.filled < System.nanoTime() ? null : asker;
            });
        }
    }

    private void serve(SocketChannel channel, IpAddress from) {
        Thread limit = Thread.ofVirtual().name("metadata-limit").start(() -> end(channel));
        try (channel) {
            pause(turn(from));
            write(channel, reply(channel, from));
        } catch (IOException e) {
            LOG.debug("{} was not answered: {}", from, e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("a bug in what is answered to {}", from, e);
        } finally {
            limit.interrupt();
            leave(from);
        }
    }

    /** Reading and writing both end when the channel is closed by another thread. */
    private void end(SocketChannel channel) {
        try {
            Thread.sleep(longest);
            channel.close();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // it was answered in time
        } catch (IOException e) {
            LOG.debug("a slow connection did not close well: {}", e.getMessage());
        }
    }

    private byte[] reply(SocketChannel channel, IpAddress from) throws IOException {
        try {
            Request request = Request.parse(head(channel));
            Reply reply = answers.answer(request, askers.apply(from));
            return reply.bytes(!request.method().equals("HEAD"));
        } catch (Request.Bad e) {
            return Reply.refused(e.status(), String.valueOf(e.getMessage())).bytes(true);
        }
    }

    private static String head(SocketChannel channel) throws IOException, Request.Bad {
        ByteBuffer buffer = ByteBuffer.allocate(Request.HEAD_LIMIT);
        int searched = 0;
        while (true) {
            if (channel.read(buffer) < 0) {
                throw new IOException("it ended before its question was whole");
            }
            String text =
                    new String(buffer.array(), searched, buffer.position() - searched, StandardCharsets.ISO_8859_1);
            int end = text.indexOf("\r\n\r\n");
            if (end >= 0) {
                return new String(buffer.array(), 0, searched + end, StandardCharsets.ISO_8859_1);
            }
            if (!buffer.hasRemaining()) {
                throw new Request.Bad(431, "more than " + Request.HEAD_LIMIT + " bytes of headers");
            }
            searched = Math.max(0, buffer.position() - 3); // the end may come in two pieces
        }
    }

    private static void write(SocketChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        channel.shutdownOutput();
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes no more; who is being answered still is. */
    @Override
    public void close() throws IOException {
        listener.close();
    }
}
