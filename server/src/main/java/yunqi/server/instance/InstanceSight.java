package yunqi.server.instance;

import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import yunqi.core.base.Name;
import yunqi.core.host.Host;
import yunqi.core.host.HostId;
import yunqi.core.image.FlavorSpec;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Instance;
import yunqi.core.instance.Instances;
import yunqi.server.host.HostTable;
import yunqi.server.image.FlavorTable;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/** How instances are at one moment. Hosts and flavors are looked up once, so it is for the length of one answer. Not safe for threads. */
public final class InstanceSight {
    private final Store store;
    private final Instant now;
    private final Map<UUID, Optional<Host>> hosts = new HashMap<>();
    private final Map<Name, Optional<FlavorSpec>> flavors = new HashMap<>();

    public InstanceSight(Store store, Instant now) {
        this.store = store;
        this.now = now;
    }

    /** These instances are going to be looked at: their hosts are read together. */
    void expect(Collection<Row> instances) {
        Set<UUID> ids = new HashSet<>();
        instances.forEach(row -> row.host().ifPresent(ids::add));
        if (ids.size() > 1) {
            Map<UUID, Row> found = store.all(ids);
            ids.forEach(id -> hosts.put(id, host(Optional.ofNullable(found.get(id)))));
        }
    }

    /** In one word and a sentence. */
    public Instances.InstanceStatus status(Instance instance) {
        Optional<String> applied = AssignmentOf.instance(instance).map(Assignment::applied);
        return Instances.status(instance, new Instances.Resolved(shape(instance), applied), host(instance), now);
    }

    /** The host that it is decided for, if that is still there. */
    public Optional<Host> host(Instance instance) {
        return instance.decided().host().map(HostId::value).flatMap(id -> hosts.computeIfAbsent(id, this::find));
    }

    private Optional<FlavorSpec> shape(Instance instance) {
        return flavors.computeIfAbsent(
                instance.spec().flavor(),
                name -> store.find(FlavorTable.KIND, Optional.empty(), name)
                        .map(row -> FlavorTable.read(row).spec()));
    }

    private Optional<Host> find(UUID id) {
        return host(store.get(id));
    }

    private static Optional<Host> host(Optional<Row> row) {
        return row.filter(found -> found.kind().equals(HostTable.KIND)).map(HostTable::read);
    }
}
