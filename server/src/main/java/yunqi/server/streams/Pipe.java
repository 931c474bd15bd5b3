package yunqi.server.streams;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import yunqi.core.host.HostId;

/**
 * One stream: a user's end and a host's end. A frame is sent on by the thread that brought it, which waits until it is sent: that is the whole
 * buffering.
 */
final class Pipe {
    private final HostId host;
    private final BooleanSupplier allowed;
    private final Runnable ended;
    private final long made = System.nanoTime();
    private volatile long lastFrame = System.nanoTime();
    private Streams.@Nullable Side user;
    private Streams.@Nullable Side agent;
    private boolean over;

    Pipe(HostId host, BooleanSupplier allowed, Runnable ended) {
        this.host = host;
        this.allowed = allowed;
        this.ended = ended;
    }

    boolean belongsTo(HostId other) {
        return host.equals(other);
    }

    /** True once the host's end is there. */
    synchronized boolean opened() {
        return agent != null;
    }

    synchronized Optional<Streams.End> user(Streams.Side side) {
        if (over || user != null) {
            return Optional.empty();
        }
        user = side;
        notifyAll();
        return Optional.of(new OneEnd(true));
    }

    synchronized Optional<Streams.End> host(Streams.Side side) {
        if (over || agent != null) {
            return Optional.empty();
        }
        agent = side;
        notifyAll();
        return Optional.of(new OneEnd(false));
    }

    /** Called every now and then. */
    void endIfIdle() {
        boolean late;
        synchronized (this) {
            late = (user == null || agent == null) && since(made) > Streams.TICKET.toNanos();
        }
        if (late) {
            end("the host did not open the stream within " + Streams.TICKET.toSeconds() + " s: is it well?");
        } else if (since(lastFrame) > Streams.IDLE.toNanos()) {
            end("nothing passed for " + Streams.IDLE.toMinutes() + " minutes");
        }
    }

    /** Called every now and then, and may take long. */
    void endIfForbidden() {
        if (!allowed.getAsBoolean()) {
            end("the right to this was taken back");
        }
    }

    void end(String why) {
        Streams.Side toUser;
        Streams.Side toAgent;
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            toUser = user;
            toAgent = agent;
            notifyAll();
        }
        ended.run();
        if (toUser != null) {
            toUser.close(why);
        }
        if (toAgent != null) {
            toAgent.close("");
        }
    }

    private static long since(long nanos) {
        return System.nanoTime() - nanos;
    }

    /** The end that stands at one WebSocket: what it brings goes to the other. */
    private final class OneEnd implements Streams.End {
        private final boolean users;

        OneEnd(boolean users) {
            this.users = users;
        }

        @Override
        public void frame(ByteBuffer frame) {
            lastFrame = System.nanoTime();
            Streams.Side other = other();
            if (other == null) {
                return;
            }
            try {
                other.send(frame);
            } catch (IOException e) {
                end(users ? "the host's end broke" : "");
            }
        }

        @Override
        public void closed(boolean clean) {
            end(users || clean ? "" : "the host's end broke");
        }

        /** Waits for the other end to come; the sweep ends the wait of whoever waits for nobody. */
        private Streams.@Nullable Side other() {
            synchronized (Pipe.this) {
                while (!over && (users ? agent : user) == null) {
                    try {
                        Pipe.this.wait();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        return null;
                    }
                }
                return over ? null : users ? agent : user;
            }
        }
    }
}
