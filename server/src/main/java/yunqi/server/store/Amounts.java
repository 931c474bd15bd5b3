package yunqi.server.store;

import yunqi.core.host.Capacity;

/** What is counted against a pool: a host's capacity, later a project's quota. None is negative. */
public record Amounts(long milliCpus, long memoryBytes, long diskBytes, long instances, long addresses) {
    public static final Amounts NONE = new Amounts(0, 0, 0, 0, 0);

    public Amounts {
        if (milliCpus < 0 || memoryBytes < 0 || diskBytes < 0 || instances < 0 || addresses < 0) {
            throw new IllegalArgumentException("negative amounts");
        }
    }

    public static Amounts of(Capacity capacity, long instances, long addresses) {
        return new Amounts(
                capacity.milliCpus(), capacity.memory().count(), capacity.disk().count(), instances, addresses);
    }

    public Amounts plus(Amounts other) {
        return new Amounts(
                milliCpus + other.milliCpus,
                memoryBytes + other.memoryBytes,
                diskBytes + other.diskBytes,
                instances + other.instances,
                addresses + other.addresses);
    }

    /** What is left when the other is taken away; it must have been in there. */
    public Amounts minus(Amounts other) {
        return new Amounts(
                milliCpus - other.milliCpus,
                memoryBytes - other.memoryBytes,
                diskBytes - other.diskBytes,
                instances - other.instances,
                addresses - other.addresses);
    }

    /** True if every amount is at most that of the other. */
    public boolean within(Amounts limit) {
        return milliCpus <= limit.milliCpus
                && memoryBytes <= limit.memoryBytes
                && diskBytes <= limit.diskBytes
                && instances <= limit.instances
                && addresses <= limit.addresses;
    }
}
