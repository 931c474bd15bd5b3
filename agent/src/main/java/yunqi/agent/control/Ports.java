package yunqi.agent.control;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.network.Attachment;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortId;
import yunqi.core.network.PortSeen;

/** The ports of this host as last seen, so that not every look at an instance asks the engine for all of them. Safe for use by many threads. */
final class Ports {
    private static final Logger LOG = LoggerFactory.getLogger(Ports.class);
    private final PortDriver driver;
    private Map<UUID, Map<PortId, PortSeen>> seen = Map.of();
    private final Map<UUID, Instant> made =
            new HashMap<>(); // when this process attached, while nobody has complained since
    private long done = 1; // counts what was done that changes ports
    private long known; // how much of that the answer that is held takes in

    private final ReentrantLock asking = new ReentrantLock(); // one at a time, so that no older answer replaces a newer

    /** What is known of one instance's ports; {@code fresh} says that the engine was asked just now. */
    record Of(boolean any, boolean complete, boolean installed, boolean held, boolean fresh) {
        /** True if traffic can reach what runs behind them. */
        boolean work() {
            return installed && held;
        }
    }

    Ports(PortDriver driver) {
        this.driver = driver;
    }

    /** Asks the engine. What was attached or detached meanwhile is asked for again at the next look. */
    void refresh() throws EngineException {
        asking.lock();
        try {
            ask();
        } finally {
            asking.unlock();
        }
    }

    /** The same; false if the engine did not answer. */
    boolean refreshed() {
        try {
            refresh();
            return true;
        } catch (EngineException e) {
            LOG.debug("the ports could not be listed; tried again at the next look: {}", e.getMessage());
            return false;
        }
    }

    private void ask() throws EngineException {
        long before = done();
        Map<UUID, Map<PortId, PortSeen>> now = new HashMap<>();
        try {
            for (PortSeen port : driver.list()) {
                now.computeIfAbsent(port.instance(), _ -> new HashMap<>()).put(port.id(), port);
            }
        } catch (EngineException e) {
            touch();
            throw e;
        }
        synchronized (this) {
            seen = now;
            known = before;
        }
    }

    /** Waits for an answer that takes in all that was done before this call: an older one could call ports gone that are there, and they would be left for ever. */
    Of of(UUID instance, List<NicPlan> nics) throws EngineException {
        long before = done();
        boolean asked = !knows(before) && askUnlessKnown(before);
        synchronized (this) {
            Map<PortId, PortSeen> mine = seen.getOrDefault(instance, Map.of());
            return new Of(
                    !mine.isEmpty(),
                    nics.stream().allMatch(nic -> mine.containsKey(nic.port())),
                    nics.stream().map(nic -> mine.get(nic.port())).allMatch(port -> port != null && port.installed()),
                    nics.stream().map(nic -> mine.get(nic.port())).allMatch(port -> port != null && port.held()),
                    asked);
        }
    }

    /** True if ports of this instance were there when all were last listed. */
    synchronized boolean listed(UUID instance) {
        return seen.containsKey(instance);
    }

    private boolean askUnlessKnown(long before) throws EngineException {
        asking.lock();
        try {
            if (knows(before)) { // by the answer that was waited for
                return false;
            }
            ask();
            return true;
        } finally {
            asking.unlock();
        }
    }

    private synchronized long done() {
        return done;
    }

    private synchronized boolean knows(long before) {
        return known >= before;
    }

    List<Attachment> attachments(UUID instance, PortDriver.Form form, List<NicPlan> nics) throws EngineException {
        return driver.attachments(instance, form, nics);
    }

    void attach(UUID instance, PortDriver.Form form, List<NicPlan> nics, Instant now) throws EngineException {
        try {
            driver.attach(instance, form, nics);
            synchronized (this) {
                made.put(instance, now);
            }
        } finally {
            touch();
        }
    }

    /**
     * True if this process made the ports, and nothing speaks against their being there: rows of ports outlive their interfaces, so being listed proves little.
     */
    synchronized boolean made(UUID instance) {
        return made.containsKey(instance);
    }

    /** The same, and they were made since that time; if they seem to be made after now, the clock was set back, and nobody knows. */
    synchronized boolean made(UUID instance, Instant since, Instant now) {
        Instant at = made.getOrDefault(instance, Instant.MIN);
        return !at.isBefore(since) && !at.isAfter(now);
    }

    /** Something went wrong that missing interfaces would explain. */
    synchronized void doubt(UUID instance) {
        made.remove(instance);
    }

    void detach(UUID instance) throws EngineException {
        doubt(instance);
        try {
            driver.detach(instance);
        } finally {
            touch();
        }
    }

    private synchronized void touch() {
        done++;
    }
}
