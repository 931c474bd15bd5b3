package yunqi.core.image;

import yunqi.core.base.EngineException;

/** Looks into images before anything is made from them. What is inside was made by strangers. */
public interface ImageInspector {
    /**
     * Looks into an image that is said to be so, and gives back how it is. {@code REFUSED}, with what is wrong with it, if the registry doesn't have
     * it, if it is of another type or too large, or if using it could harm whoever does: a disk that stands on another file, a layer that grows
     * beyond all bounds.
     */
    ImageSpec inspect(ImageSpec said) throws EngineException;
}
