package yunqi.drivers.fake;

import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.base.EngineException.Kind;
import yunqi.core.image.ImageDriver;
import yunqi.core.image.ImagePlan;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;

/** The images of one type on a pretended machine's disk. */
final class FakeImages implements ImageDriver {
    private final FakeHost host;
    private final ImageType type;
    private final SortedMap<Digest, LocalImage> here = new TreeMap<>(Comparator.comparing(Digest::value));

    FakeImages(FakeHost host, ImageType type) {
        this.host = host;
        this.type = type;
    }

    @Override
    public ImageType type() {
        return type;
    }

    @Override
    public LocalImage ensure(ImagePlan image) throws EngineException {
        return host.perform("image.ensure", () -> {
            // Under the lock, so that of several calls for one digest all but the first find it here.
            synchronized (host) {
                LocalImage local = here.get(image.digest());
                if (local == null) {
                    host.registry().fetch(image.digest());
                    local = new LocalImage(
                            image.digest(), type, "fake:" + image.digest().hex());
                    here.put(image.digest(), local);
                }
                return local;
            }
        });
    }

    @Override
    public List<LocalImage> list() throws EngineException {
        return host.perform("image.list", () -> {
            synchronized (host) {
                return List.copyOf(here.values());
            }
        });
    }

    @Override
    public void remove(Digest digest) throws EngineException {
        host.perform("image.remove", () -> {
            synchronized (host) {
                boolean used = host.shelf().values().stream()
                        .anyMatch(instance -> instance.plan().type() == type
                                && instance.plan().image().digest().equals(digest));
                if (used) {
                    throw new EngineException(Kind.BUSY, digest + " is used by an instance");
                }
                here.remove(digest);
                return digest;
            }
        });
    }
}
