package yunqi.agent.control;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import yunqi.core.base.EngineException;
import yunqi.core.network.Attachment;
import yunqi.core.network.NicPlan;
import yunqi.core.network.PortDriver;
import yunqi.core.network.PortId;
import yunqi.core.network.PortSeen;

/** The ports of this host as last seen, so that not every look at an instance asks the engine for all of them. Safe for use by many threads. */
final class Ports {
    private final PortDriver driver;
    private Map<UUID, Map<PortId, Boolean>> seen = Map.of();
    private final Set<UUID> touched = new HashSet<>();
    private final Map<UUID, Instant> made =
            new HashMap<>(); // when this process attached, while nobody has complained since
    private boolean stale = true;

    private final ReentrantLock asking = new ReentrantLock(); // one at a time, so that no older answer replaces a newer

    /** What is known of one instance's ports; {@code fresh} says that the engine was asked just now. */
    record Of(boolean any, boolean complete, boolean installed, boolean fresh) {}

    Ports(PortDriver driver) {
        this.driver = driver;
    }

    /** Asks the engine. What was attached or detached meanwhile is asked for again at the next look. */
    void refresh() throws EngineException {
        asking.lock();
        try {
            synchronized (this) {
                stale = false;
                touched.clear();
            }
            Map<UUID, Map<PortId, Boolean>> now = new HashMap<>();
            for (PortSeen port : driver.list()) {
                now.computeIfAbsent(port.instance(), _ -> new HashMap<>()).put(port.id(), port.installed());
            }
            synchronized (this) {
                seen = now;
                stale = stale || !touched.isEmpty();
            }
        } catch (EngineException e) {
            spoil();
            throw e;
        } finally {
            asking.unlock();
        }
    }

    Of of(UUID instance, List<NicPlan> nics) throws EngineException {
        boolean ask;
        synchronized (this) {
            ask = stale;
        }
        if (ask) {
            refresh();
        }
        synchronized (this) {
            Map<PortId, Boolean> mine = seen.getOrDefault(instance, Map.of());
            return new Of(
                    !mine.isEmpty(),
                    nics.stream().allMatch(nic -> mine.containsKey(nic.port())),
                    nics.stream().allMatch(nic -> mine.getOrDefault(nic.port(), false)),
                    ask);
        }
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
            touch(instance);
        }
    }

    /**
     * True if this process made the ports, not before {@code since}, and nothing speaks against their being there: rows of ports outlive their interfaces, so being
     * listed proves little.
     */
    synchronized boolean made(UUID instance, Instant since) {
        return !made.getOrDefault(instance, Instant.MIN).isBefore(since);
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
            touch(instance);
        }
    }

    private synchronized void touch(UUID instance) {
        touched.add(instance);
        stale = true;
    }

    private synchronized void spoil() {
        stale = true;
    }
}
