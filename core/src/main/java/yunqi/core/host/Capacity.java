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

    /** What is left; never below nothing. */
    public Capacity minus(Capacity other) {
        return new Capacity(
                Math.max(0, milliCpus - other.milliCpus),
                new Bytes(Math.max(0, memory.count() - other.memory.count())),
                new Bytes(Math.max(0, disk.count() - other.disk.count())));
    }
}
