package yunqi.core.project;

import java.util.Optional;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;

/**
 * How much a project may have at once, stopped instances included: instances, virtual processors, memory, root disks, and addresses in networks. What is left
 * out has no limit. A quota may be lowered below what is in use: that stops only what is new.
 */
public record Quota(
        Optional<Long> instances,
        Optional<Long> vcpus,
        Optional<Bytes> memory,
        Optional<Bytes> disk,
        Optional<Long> addresses) {
    public static final Quota NONE =
            new Quota(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** Larger counts mean no limit, and leaving it out says that better; thousandths of a processor must fit into a number, too. */
    public static final long COUNT_LIMIT = 1_000_000_000;

    public Quota {
        check("instances", instances);
        check("vcpus", vcpus);
        check("addresses", addresses);
    }

    private static void check(String field, Optional<Long> count) {
        if (count.isPresent() && (count.get() < 0 || count.get() > COUNT_LIMIT)) {
            throw new BadValue(
                    "spec.quota." + field,
                    count.get() + " is not between 0 and " + COUNT_LIMIT + "; leave it out for no limit");
        }
    }
}
