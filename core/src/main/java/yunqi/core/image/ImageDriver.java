package yunqi.core.image;

import java.util.List;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;

/** The images of one type on one host. Every method may be repeated; several threads may call at once. */
public interface ImageDriver {
    ImageType type();

    /**
     * Brings the image to this host unless it is here, verifies every blob by its digest, and gives back what it is called here. Concurrent calls
     * for one digest fetch it once. {@code REFUSED} if the registry doesn't have it or a digest doesn't match; nothing of it is kept then.
     */
    LocalImage ensure(ImagePlan image) throws EngineException;

    /** What is here, complete and verified. */
    List<LocalImage> list() throws EngineException;

    /** Removes it if it is here. {@code BUSY} while an instance uses it. */
    void remove(Digest digest) throws EngineException;
}
