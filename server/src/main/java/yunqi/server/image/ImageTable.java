package yunqi.server.image;

import yunqi.core.image.Image;
import yunqi.core.image.ImageSpec;
import yunqi.core.wire.Wire;
import yunqi.server.store.Row;

/** Images as rows of the store. */
public final class ImageTable {
    public static final String KIND = "image";

    private ImageTable() {}

    public static Image read(Row row) {
        return new Image(row.meta(), Wire.stored(row.desired(), ImageSpec.class));
    }
}
