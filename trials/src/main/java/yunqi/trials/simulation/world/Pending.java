package yunqi.trials.simulation.world;

import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import yunqi.core.host.HostId;

/** What is under way for which thing, and what strikes it meanwhile. */
public final class Pending {
    private final Map<UUID, EnumSet<Operation>> open = new TreeMap<>();
    private final Map<UUID, HostId> hosts = new TreeMap<>();
    private final Coverage coverage = new Coverage();

    public Coverage coverage() {
        return coverage;
    }

    public void begin(UUID thing, Operation operation) {
        open.computeIfAbsent(thing, _ -> EnumSet.noneOf(Operation.class)).add(operation);
    }

    /** Where the thing is decided to be, so that what strikes there is known to strike it. */
    public void on(UUID thing, Optional<HostId> host) {
        host.ifPresentOrElse(id -> hosts.put(thing, id), () -> hosts.remove(thing));
    }

    /** Everything wanted of the thing is done. */
    public void done(UUID thing) {
        open.remove(thing);
    }

    public void gone(UUID thing) {
        open.remove(thing);
        hosts.remove(thing);
    }

    /** The fault strikes everybody. */
    public void struck(Fault fault) {
        struck(fault, _ -> true);
    }

    /** It strikes whatever is on this host, and what is on none. */
    public void struck(Fault fault, HostId host) {
        struck(fault, thing -> hosts.getOrDefault(thing, host).equals(host));
    }

    /** It strikes these things. */
    public void struck(Fault fault, Set<UUID> things) {
        struck(fault, things::contains);
    }

    private void struck(Fault fault, Predicate<UUID> where) {
        open.forEach((thing, operations) -> {
            if (where.test(thing)) {
                operations.forEach(operation -> coverage.met(fault, operation));
            }
        });
    }
}
