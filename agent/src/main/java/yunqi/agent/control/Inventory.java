package yunqi.agent.control;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageType;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;

/**
 * What the engines have, each asked by itself: one that is away doesn't hide what the others have. Looked through by one thread at a time.
 */
final class Inventory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Inventory.class);

    private final Engines engines;
    private final Map<ImageType, Map<InstanceId, Found>> last = new EnumMap<>(ImageType.class);
    private final Map<ImageType, AutoCloseable> watches = new EnumMap<>(ImageType.class);

    /**
     * All that is there, where an engine is away as it was when it last answered; what changed since the last time; and the engines that are away: of those
     * nothing new is known.
     */
    record Round(Map<InstanceId, Found> found, Set<InstanceId> changed, Set<ImageType> away) {}

    Inventory(Engines engines) {
        this.engines = engines;
    }

    Round look(Consumer<InstanceId> wake) {
        Map<InstanceId, Found> found = new TreeMap<>();
        Set<InstanceId> changed = new TreeSet<>();
        Set<ImageType> away = EnumSet.noneOf(ImageType.class);
        for (InstanceDriver driver : engines.instances()) {
            Map<InstanceId, Found> before = last.getOrDefault(driver.type(), Map.of());
            try {
                watch(driver, wake);
                Map<InstanceId, Found> now = new TreeMap<>();
                driver.list().forEach(one -> now.put(one.id(), one));
                now.forEach((id, one) -> {
                    if (!one.equals(before.get(id))) {
                        changed.add(id);
                    }
                });
                before.keySet().stream().filter(id -> !now.containsKey(id)).forEach(changed::add);
                last.put(driver.type(), now);
                found.putAll(now);
            } catch (EngineException e) {
                LOG.debug("the engine of {}s could not be listed: {}", driver.type(), e.getMessage());
                away.add(driver.type());
                found.putAll(before);
            }
        }
        return new Round(found, changed, away);
    }

    private void watch(InstanceDriver driver, Consumer<InstanceId> wake) throws EngineException {
        synchronized (watches) {
            if (!watches.containsKey(driver.type())) {
                watches.put(driver.type(), driver.watch(wake));
            }
        }
    }

    /** Ends the watches. */
    @Override
    public void close() {
        synchronized (watches) {
            for (AutoCloseable watch : watches.values()) {
                try {
                    watch.close();
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                } catch (Exception e) {
                    LOG.debug("a watch did not end well; its engine may be gone", e);
                }
            }
        }
    }
}
