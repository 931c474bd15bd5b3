package yunqi.server.site;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import yunqi.core.base.Clock;
import yunqi.core.host.Host;
import yunqi.core.host.Hosts;
import yunqi.core.instance.Instance;
import yunqi.core.instance.Instances;
import yunqi.core.wire.Kind;
import yunqi.server.host.HostTable;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.Page;
import yunqi.server.store.Query;
import yunqi.server.store.Row;
import yunqi.server.store.Store;

/** Figures about the site, as Prometheus reads them: rows by kind, hosts and instances by state. */
final class Figures {
    /** Counting reads every instance, so it is done at most this often, however many ask. */
    private static final Duration FRESH = Duration.ofSeconds(5);

    private final Store store;
    private final Clock clock;
    private Instant counted = Instant.EPOCH;
    private String text = "";

    Figures(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    synchronized String print() {
        if (counted.plus(FRESH).isBefore(clock.now())) {
            text = count();
            counted = clock.now();
        }
        return text;
    }

    private String count() {
        StringBuilder out = new StringBuilder();
        Map<String, Long> rows = new TreeMap<>();
        for (Kind kind : Kind.values()) {
            rows.put(kind.word(), store.count(kind.word(), Optional.empty()));
        }
        print(out, "yunqi_rows", "Things of each kind.", "kind", rows);
        Map<UUID, Host> byId = new HashMap<>();
        Map<String, Long> hosts = new TreeMap<>();
        each(HostTable.KIND, row -> {
            Host host = HostTable.read(row);
            String state = Hosts.status(host, clock.now()).state();
            byId.put(row.id(), host);
            hosts.merge(state, 1L, Long::sum);
        });
        print(out, "yunqi_hosts", "Hosts by state.", "state", hosts);
        Map<String, Long> instances = new TreeMap<>();
        each(InstanceTable.KIND, row -> {
            Instance instance = InstanceTable.read(row);
            Optional<Host> host = instance.decided().host().flatMap(id -> Optional.ofNullable(byId.get(id.value())));
            // Whether the last change is applied already is not looked at: that costs a digest for each, and the next
            // figures show it anyway.
            Instances.Resolved unknown = new Instances.Resolved(Optional.empty(), Optional.empty());
            instances.merge(
                    Instances.status(instance, unknown, host, clock.now()).state(), 1L, Long::sum);
        });
        print(out, "yunqi_instances", "Instances by state.", "state", instances);
        out.append("# HELP yunqi_store_version The newest position in the change log.\n")
                .append("# TYPE yunqi_store_version counter\n")
                .append("yunqi_store_version ")
                .append(store.version())
                .append('\n');
        Runtime java = Runtime.getRuntime();
        out.append("# HELP yunqi_heap_bytes Memory in use by the program's objects, garbage included.\n")
                .append("# TYPE yunqi_heap_bytes gauge\n")
                .append("yunqi_heap_bytes ")
                .append(java.totalMemory() - java.freeMemory())
                .append('\n');
        return out.toString();
    }

    private void each(String kind, Consumer<Row> what) {
        Query query = Query.all(kind);
        while (true) {
            Page page = store.list(query);
            page.rows().forEach(what);
            if (page.next().isEmpty()) {
                return;
            }
            query = query.after(page.next().get());
        }
    }

    private static void print(StringBuilder out, String name, String help, String label, Map<String, Long> counts) {
        out.append(String.format(Locale.ROOT, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name));
        counts.forEach(
                (key, count) -> out.append(String.format(Locale.ROOT, "%s{%s=\"%s\"} %d\n", name, label, key, count)));
    }
}
