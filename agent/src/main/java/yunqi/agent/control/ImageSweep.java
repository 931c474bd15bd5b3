package yunqi.agent.control;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageDriver;
import yunqi.core.image.LocalImage;

/**
 * Removes images from this host that nothing here was made from for a while. One that is used again soon would have to be fetched again, so
 * they are kept for long, unless the disk is getting full.
 */
final class ImageSweep {
    static final Duration KEPT = Duration.ofHours(24);
    static final Duration KEPT_WHEN_FULL = Duration.ofMinutes(10); // what was fetched a moment ago is about to be used
    static final double FULL = 0.15; // of the disk is free, or less
    private static final Logger LOG = LoggerFactory.getLogger(ImageSweep.class);

    private final Engines engines;
    private final Supplier<Set<Digest>> wanted;
    private final Supplier<Double> free;
    private final Map<Digest, Instant> needed = new TreeMap<>(Comparator.comparing(Digest::value));

    /** {@code wanted} are the images of what this host is to run, {@code free} the share of its disk that is free. */
    ImageSweep(Engines engines, Supplier<Set<Digest>> wanted, Supplier<Double> free) {
        this.engines = engines;
        this.wanted = wanted;
        this.free = free;
    }

    /** Looks once. An image that is seen for the first time counts as needed just now: an agent that was started again knows nothing of before. */
    void look(Instant now) throws EngineException {
        Set<Digest> wantedNow = wanted.get();
        Duration kept = free.get() <= FULL ? KEPT_WHEN_FULL : KEPT;
        for (ImageDriver driver : engines.images()) {
            for (LocalImage image : driver.list()) {
                if (wantedNow.contains(image.digest())) {
                    needed.put(image.digest(), now);
                } else if (needed.computeIfAbsent(image.digest(), _ -> now)
                        .plus(kept)
                        .isBefore(now)) {
                    remove(driver, image.digest());
                }
            }
        }
    }

    private void remove(ImageDriver driver, Digest digest) throws EngineException {
        try {
            driver.remove(digest);
            needed.remove(digest);
            LOG.info("image {} was not needed for long: it is removed", digest);
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.BUSY) {
                throw e;
            }
            LOG.debug("image {} stays: {}", digest, e.getMessage());
        }
    }
}
