package yunqi.core.image;

import yunqi.core.base.Meta;

/** An image: what an instance is made from. Its bytes are in the registry, under the digest of its manifest. */
public record Image(Meta meta, ImageSpec spec) {
    public ImagePlan plan() {
        return spec.plan();
    }
}
