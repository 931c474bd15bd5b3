package yunqi.core.host;

import java.util.UUID;

/** The identity of a host, given when it joins and kept for its life. */
public record HostId(UUID value) implements Comparable<HostId> {
    @Override
    public int compareTo(HostId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
