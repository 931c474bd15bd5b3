package yunqi.core.instance;

import java.util.UUID;

/** The identity of an instance. Names given to engines are derived from it. */
public record InstanceId(UUID value) implements Comparable<InstanceId> {
    @Override
    public int compareTo(InstanceId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
