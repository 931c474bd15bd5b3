package yunqi.server.image;

import yunqi.core.image.Flavor;
import yunqi.core.image.FlavorSpec;
import yunqi.core.wire.Wire;
import yunqi.server.store.Row;

/** Flavors as rows of the store. */
public final class FlavorTable {
    public static final String KIND = "flavor";

    private FlavorTable() {}

    public static Flavor read(Row row) {
        return new Flavor(row.meta(), Wire.stored(row.desired(), FlavorSpec.class));
    }
}
