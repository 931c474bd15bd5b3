package yunqi.core.image;

import java.io.InputStream;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;

/** Where a host reads images from: the registry, through the server or directly. What is read is not yet verified: the reader checks the digest. */
public interface ImageSource {
    /** The manifest with this digest. {@code REFUSED} if the registry doesn't have it. The caller closes the stream. */
    InputStream manifest(String repository, Digest digest) throws EngineException;

    /** The blob with this digest. {@code REFUSED} if the registry doesn't have it. The caller closes the stream. */
    InputStream blob(String repository, Digest digest) throws EngineException;
}
