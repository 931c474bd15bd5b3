package yunqi.drivers.ovn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;

/**
 * One connection to an OVSDB server, from its opening to its end: requests with their answers, in any order, and notifications. A connection
 * that fails or falls silent ends for good, and with it every request that waits; {@link Ovsdb} opens the next.
 */
final class OvsdbLink implements AutoCloseable {
    static final int REQUEST_LIMIT =
            256; // requests under way; each is a thread that waits, so more than this is a fault of ours
    private static final Duration PROBE =
            Duration.ofSeconds(10); // silence after which we ask whether the other side lives
    private static final Logger log = LoggerFactory.getLogger(OvsdbLink.class);

    private final OvsdbPipe pipe;
    private final String name;
    private final Duration patience;
    private final Consumer<JsonNode> notifications;
    private final Map<Long, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final AtomicLong ids = new AtomicLong();
    private final ReentrantLock writing = new ReentrantLock();
    private final Thread prober;
    private volatile boolean open = true;
    private volatile long heardNanos = System.nanoTime();

    /** Opens it. {@code notifications} gets every message that is neither an answer nor an echo, on the reading thread. */
    static OvsdbLink open(OvsdbAddress address, Duration patience, Consumer<JsonNode> notifications)
            throws IOException {
        return new OvsdbLink(OvsdbPipe.open(address, patience), address.toString(), patience, notifications);
    }

    private OvsdbLink(OvsdbPipe pipe, String name, Duration patience, Consumer<JsonNode> notifications) {
        this.pipe = pipe;
        this.name = name;
        this.patience = patience;
        this.notifications = notifications;
        Thread.ofVirtual().name("ovsdb-read").start(this::read);
        this.prober = Thread.ofVirtual().name("ovsdb-probe").start(this::probe);
    }

    boolean open() {
        return open;
    }

    /** Sends a request and waits for its answer: the whole message, of which {@code error} is null and {@code result} isn't. */
    JsonNode call(String method, ArrayNode params) throws EngineException {
        long id = ids.incrementAndGet();
        var answer = new CompletableFuture<JsonNode>();
        if (waiting.size() >= REQUEST_LIMIT) {
            throw new EngineException(
                    EngineException.Kind.BUSY, name + ": " + REQUEST_LIMIT + " requests are under way already");
        }
        waiting.put(id, answer);
        try {
            ObjectNode request = OvsdbJson.object();
            request.put("method", method);
            request.set("params", params);
            request.put("id", id);
            send(request);
            if (!open) {
                throw ended(new IOException(
                        "closed")); // it may have ended between our look at it and our place among the waiting
            }
            JsonNode reply = answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            JsonNode error = reply.path("error");
            if (!error.isNull() && !error.isMissingNode()) {
                throw new EngineException(EngineException.Kind.REFUSED, name + " refused " + method + ": " + error);
            }
            return reply.path("result");
        } catch (TimeoutException e) {
            close(); // who doesn't answer one request will hardly answer the next: begin anew
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    name + " did not answer within " + patience.toMillis() + " ms",
                    e);
        } catch (ExecutionException | IOException e) {
            close();
            throw ended(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNAVAILABLE, name + ": interrupted while waiting", e);
        } finally {
            waiting.remove(id);
        }
    }

    private EngineException ended(Exception why) {
        return new EngineException(
                EngineException.Kind.UNAVAILABLE, name + ": the connection ended: " + why.getMessage(), why);
    }

    private void send(ObjectNode message) throws IOException {
        byte[] bytes = OvsdbJson.bytes(message);
        writing.lock();
        try {
            pipe.write(bytes);
        } finally {
            writing.unlock();
        }
    }

    private void read() {
        var frames = new OvsdbFrames(this::receive);
        byte[] buffer = new byte[64 * 1024];
        try {
            for (int n = pipe.read(buffer); n >= 0; n = pipe.read(buffer)) {
                heardNanos = System.nanoTime();
                frames.feed(buffer, n);
            }
        } catch (IOException e) {
            log.debug("{}: the connection ended: {}", name, e.getMessage());
        } finally {
            close();
        }
    }

    private void receive(byte[] text) throws IOException {
        JsonNode message;
        try {
            message = OvsdbJson.parse(text);
        } catch (JsonProcessingException e) {
            throw new IOException("not JSON: " + e.getOriginalMessage(), e);
        }
        if (message.path("method").asText().equals("echo")) {
            ObjectNode reply = OvsdbJson.object();
            reply.set("result", message.path("params"));
            reply.putNull("error");
            reply.set("id", message.path("id"));
            send(reply);
        } else if (message.has("method")) {
            notifications.accept(message);
        } else {
            CompletableFuture<JsonNode> answer =
                    waiting.remove(message.path("id").asLong());
            if (answer != null) {
                answer.complete(message);
            }
        }
    }

    private void probe() {
        try {
            while (open) {
                Thread.sleep(PROBE);
                if (System.nanoTime() - heardNanos > PROBE.toNanos()) {
                    call("echo", OvsdbJson.array());
                }
            }
        } catch (InterruptedException e) {
            log.trace("{}: closed", name); // close() wakes us so; the thread ends here and nobody asks it again
        } catch (EngineException e) {
            log.debug("{}: {}", name, e.getMessage());
        }
    }

    @Override
    public void close() {
        open = false;
        try {
            pipe.close();
        } catch (IOException e) {
            log.trace("{}: {}", name, e.getMessage()); // it is gone either way
        }
        var gone = new IOException("closed");
        waiting.values().forEach(answer -> answer.completeExceptionally(gone));
        prober.interrupt();
    }
}
