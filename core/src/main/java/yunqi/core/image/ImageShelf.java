package yunqi.core.image;

import java.time.Duration;
import java.util.Set;
import java.util.function.Supplier;
import yunqi.core.base.Bytes;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;

/** The room that images take in the registry. */
public interface ImageShelf {
    /** An image by where it is. */
    record Held(String repository, Digest digest) {}

    /**
     * Removes images that are not among {@code held}, and then whatever no image needs, all of it only once it has been there for {@code grace}: what is being
     * pushed has no name yet. May be repeated; a later call finishes what an earlier one began. {@code held} is asked more than once, and has
     * to see what was declared meanwhile. Gives back how much room was freed.
     */
    Bytes collect(Supplier<Set<Held>> held, Duration grace) throws EngineException;
}
