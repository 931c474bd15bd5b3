package yunqi.core.host;

import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;

/** What a host has, or an instance needs: thousandths of a processor, memory, disk. */
public record Capacity(long milliCpus, Bytes memory, Bytes disk) {
    public static final Capacity NONE = new Capacity(0, new Bytes(0), new Bytes(0));

    public Capacity {
        if (milliCpus < 0) {
            throw new BadValue("milliCpus", milliCpus + " is negative");
        }
    }

    public Capacity plus(Capacity other) {
        return new Capacity(milliCpus + other.milliCpus, memory.plus(other.memory), disk.plus(other.disk));
    }
}
