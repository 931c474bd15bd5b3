package yunqi.drivers.ovn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import yunqi.core.base.EngineException;

/**
 * A client of one OVSDB server (RFC 7047). Any number of threads may call; they share one connection, which is opened when needed and opened
 * again after it ended. A call whose connection ends before the answer is {@code UNAVAILABLE} and may have been carried out: callers read again
 * and repeat.
 */
public final class Ovsdb implements AutoCloseable {
    private static final Duration FIRST_PAUSE =
            Duration.ofMillis(20); // a server that was just started needs about so long
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final OvsdbAddress address;
    private final Duration patience;
    private final ReentrantLock opening = new ReentrantLock();
    private volatile @Nullable OvsdbLink link;
    private volatile boolean closed;

    /** {@code patience}: how long to try to connect, and how long to wait for an answer. Opens nothing yet. */
    public Ovsdb(OvsdbAddress address, Duration patience) {
        this.address = address;
        this.patience = patience;
    }

    /** The names of the databases that the server has. */
    public List<String> databases() throws EngineException {
        var names = new ArrayList<String>();
        connected().call("list_dbs", OvsdbJson.array()).forEach(name -> names.add(name.asText()));
        return names;
    }

    /**
     * Carries out all operations or none, and gives back one result for each. {@code BUSY} if another writer was in between (a {@code wait}
     * wasn't met, a constraint or a reference broke): read again and repeat.
     */
    public List<JsonNode> transact(String database, List<ObjectNode> operations) throws EngineException {
        ArrayNode params = OvsdbJson.array(OvsdbJson.text(database)).addAll(operations);
        JsonNode results = connected().call("transact", params);
        var all = new ArrayList<JsonNode>();
        for (JsonNode result : results) {
            if (result.has("error")) {
                throw complaint(database, result, all.size());
            }
            all.add(result);
        }
        if (all.size() < operations.size()) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, address + ": an answer to a part of the transaction only");
        }
        return all;
    }

    private EngineException complaint(String database, JsonNode result, int operation) {
        String error = result.path("error").asText();
        EngineException.Kind kind = switch (error) {
            case "timed out", "aborted", "constraint violation", "referential integrity violation" ->
                EngineException.Kind.BUSY;
            case "I/O error", "resources exhausted" -> EngineException.Kind.NO_CAPACITY;
            case "not leader", "not owner" -> EngineException.Kind.UNAVAILABLE;
            default -> EngineException.Kind.REFUSED;
        };
        return new EngineException(
                kind,
                String.format(
                        Locale.ROOT,
                        "%s: operation %d on %s: %s: %s",
                        address,
                        operation,
                        database,
                        error,
                        result.path("details").asText("")));
    }

    private OvsdbLink connected() throws EngineException {
        OvsdbLink current = link;
        if (current != null && current.open()) {
            return current;
        }
        opening.lock();
        try {
            return open();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNAVAILABLE, address + ": interrupted", e);
        } finally {
            opening.unlock();
        }
    }

    private OvsdbLink open() throws EngineException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        Duration pause = FIRST_PAUSE;
        while (true) {
            OvsdbLink current = link;
            if (current != null && current.open()) {
                return current; // another thread was first
            }
            if (closed) {
                throw new IllegalStateException("a client of " + address + " is used after it was closed");
            }
            try {
                OvsdbLink opened = OvsdbLink.open(address, patience, notification -> {});
                link = opened;
                return opened;
            } catch (IOException e) {
                if (System.nanoTime() + pause.toNanos() > deadline) {
                    throw new EngineException(
                            EngineException.Kind.UNAVAILABLE,
                            "cannot connect to " + address + ": " + e.getMessage(),
                            e);
                }
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    @Override
    public void close() {
        closed = true;
        OvsdbLink current = link;
        if (current != null) {
            current.close();
        }
    }
}
