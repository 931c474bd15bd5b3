package yunqi.server.instance;

import java.util.Optional;
import yunqi.core.instance.Instance;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.wire.Wire;
import yunqi.server.store.Row;

/** Instances as rows of the store. */
public final class InstanceTable {
    public static final String KIND = "instance";

    private InstanceTable() {}

    public static Instance read(Row row) {
        return new Instance(
                row.meta(),
                Wire.stored(row.desired(), InstanceSpec.class),
                row.decided().equals(Row.EMPTY)
                        ? InstanceDecided.NOTHING
                        : Wire.stored(row.decided(), InstanceDecided.class),
                row.seen().equals(Row.EMPTY)
                        ? Optional.empty()
                        : Optional.of(Wire.stored(row.seen(), InstanceSeen.class)));
    }
}
