package yunqi.drivers.fake;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.base.EngineException.Kind;

/** A pretended registry that has every image, but for those that a test lost or spoiled. */
public final class FakeRegistry {
    private final Set<Digest> lost = new HashSet<>();
    private final Set<Digest> spoiled = new HashSet<>();
    private final Map<Digest, Integer> fetches = new HashMap<>();

    FakeRegistry() {}

    /** From now on it doesn't have this image. */
    public synchronized void lose(Digest digest) {
        lost.add(digest);
    }

    /** From now on it gives wrong bytes for this image. */
    public synchronized void spoil(Digest digest) {
        spoiled.add(digest);
    }

    /** How often this image was read. */
    public synchronized int fetches(Digest digest) {
        return fetches.getOrDefault(digest, 0);
    }

    synchronized void fetch(Digest digest) throws EngineException {
        if (lost.contains(digest)) {
            throw new EngineException(Kind.REFUSED, "the registry does not have " + digest);
        }
        fetches.merge(digest, 1, Integer::sum);
        if (spoiled.contains(digest)) {
            throw new EngineException(Kind.REFUSED, "what the registry gave for " + digest + " has another digest");
        }
    }
}
