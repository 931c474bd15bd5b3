package yunqi.core.image;

import yunqi.core.base.Digest;

/** Which image a host needs: its type, where it is in the registry, and the digest of its manifest. */
public record ImagePlan(ImageType type, String repository, Digest digest) {}
