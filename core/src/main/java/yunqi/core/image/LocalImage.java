package yunqi.core.image;

import yunqi.core.base.Digest;

/** An image on a host, verified. {@code location} is what the engine calls it: a folder for a VM's image, the engine's own id for a container's. */
public record LocalImage(Digest digest, ImageType type, String location) {}
