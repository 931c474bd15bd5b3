package yunqi.core.network;

import java.util.UUID;

/** The identity of a port: one instance's place in one network. Names of engine objects are derived from it. */
public record PortId(UUID value) implements Comparable<PortId> {
    @Override
    public int compareTo(PortId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }

    /** Twelve hexadecimal digits, for names of interfaces (15 characters at most on Linux). */
    public String brief() {
        return value.toString().replace("-", "").substring(0, 12);
    }
}
