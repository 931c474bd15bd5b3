package yunqi.core.image;

import java.io.InputStream;
import java.util.List;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;

/**
 * Takes in the files that images are made from. Each import has one, named by its id, which grows until it is whole and outlives a restart: whoever was
 * sending or fetching goes on where it ended. Several threads may call at once.
 */
public interface ImageIntake {
    /** How much of the file is here. */
    Bytes received(UUID id) throws EngineException;

    /**
     * Adds what is sent to the end of the file, which must be at {@code offset}, as far as {@code most} in all; how much of the file is here then. What came
     * before a sender broke off is kept. {@code REFUSED} if the file ends elsewhere, {@code BUSY} while another adds to it, {@code NO_CAPACITY}
     * where the disk is nearly full.
     */
    Bytes append(UUID id, Bytes offset, InputStream bytes, Bytes most) throws EngineException;

    /** Brings the file here from its address, going on where an earlier attempt ended; returns when all of it is here. */
    void fetch(UUID id, ImportSpec spec) throws EngineException;

    /**
     * Makes the image from the file and puts it into the registry; what the API is to be told of it. {@code REFUSED} if the file has another digest or
     * cannot be such an image, or must not be ({@link ImageInspector}).
     */
    ImageSpec finish(UUID id, ImportSpec spec, String repository) throws EngineException;

    /** Removes the file, if there is one. */
    void forget(UUID id) throws EngineException;

    /** All imports that have a file here. */
    List<UUID> list() throws EngineException;
}
