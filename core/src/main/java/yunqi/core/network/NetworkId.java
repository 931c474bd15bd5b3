package yunqi.core.network;

import java.util.UUID;

/** The identity of a network. */
public record NetworkId(UUID value) implements Comparable<NetworkId> {
    @Override
    public int compareTo(NetworkId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
