package yunqi.server.network;

import java.util.UUID;
import yunqi.core.network.Network;
import yunqi.core.network.NetworkSeen;
import yunqi.core.network.NetworkSpec;
import yunqi.core.wire.Wire;
import yunqi.server.store.Row;

/** Networks as rows of the store. */
public final class NetworkTable {
    public static final String KIND = "network";

    private NetworkTable() {}

    /** The scope in which the addresses of a network are claimed, each as dotted decimal, by the row of the instance that has it. */
    public static String addresses(UUID network) {
        return "network/" + network;
    }

    public static Network read(Row row) {
        return new Network(
                row.meta(),
                Wire.stored(row.desired(), NetworkSpec.class),
                row.seen().equals(Row.EMPTY) ? NetworkSeen.NOTHING : Wire.stored(row.seen(), NetworkSeen.class));
    }
}
