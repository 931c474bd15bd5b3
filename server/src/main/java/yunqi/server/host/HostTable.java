package yunqi.server.host;

import java.util.UUID;
import yunqi.core.host.Host;
import yunqi.core.host.HostDecided;
import yunqi.core.host.HostSeen;
import yunqi.core.host.HostSpec;
import yunqi.core.wire.Wire;
import yunqi.server.store.Row;

/** Hosts as rows of the store. */
public final class HostTable {
    public static final String KIND = "host";

    private HostTable() {}

    /** The pool that what is placed on a host is charged to. */
    public static String pool(UUID host) {
        return "host/" + host;
    }

    public static Host read(Row row) {
        return new Host(
                row.meta(),
                Wire.stored(row.desired(), HostSpec.class),
                row.decided().equals(Row.EMPTY) ? HostDecided.FIRST : Wire.stored(row.decided(), HostDecided.class),
                row.seen().equals(Row.EMPTY) ? HostSeen.NOTHING : Wire.stored(row.seen(), HostSeen.class));
    }
}
