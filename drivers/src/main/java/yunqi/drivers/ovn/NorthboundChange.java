package yunqi.drivers.ovn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import yunqi.drivers.ovn.Northbound.Row;
import yunqi.drivers.ovn.Northbound.Value;
import yunqi.drivers.ovn.NorthboundPresent.Present;

/**
 * The operations that turn the rows that are there into those that should be. Empty if they are equal. Sets of references are changed one by one
 * rather than replaced, so a port that someone else put into our switch stays, and adding a port to a network of thousands sends one.
 */
final class NorthboundChange {
    private final Northbound wanted;
    private final NorthboundPresent present;
    private final List<ObjectNode> operations = new ArrayList<>();

    private NorthboundChange(Northbound wanted, NorthboundPresent present) {
        this.wanted = wanted;
        this.present = present;
    }

    static List<ObjectNode> between(NorthboundPresent present, Northbound wanted) {
        var change = new NorthboundChange(wanted, present);
        for (Row row : wanted.rows()) {
            present.find(row.table(), row.key())
                    .ifPresentOrElse(there -> change.adjust(there, row), () -> change.insert(row));
        }
        change.removeOthers();
        return change.operations;
    }

    private void insert(Row row) {
        ObjectNode columns = OvsdbJson.object();
        row.columns().forEach((column, value) -> columns.set(column, json(value)));
        operations.add(OvsdbJson.insert(row.table(), nameOf(row.table(), row.key()), columns));
    }

    private void adjust(Present there, Row row) {
        ObjectNode changed = OvsdbJson.object();
        row.columns().forEach((column, value) -> {
            JsonNode current = there.row().path(column);
            if (value instanceof Value.References references) {
                adjustReferences(there, row.table(), column, references);
            } else if (!same(current, value)) {
                changed.set(column, json(value));
            }
        });
        if (!changed.isEmpty()) {
            operations.add(OvsdbJson.update(row.table(), OvsdbJson.row(there.uuid()), changed));
        }
    }

    private void adjustReferences(Present there, String table, String column, Value.References references) {
        SortedSet<String> current = OvsdbJson.uuids(there.row().path(column));
        var missing = new ArrayList<JsonNode>();
        var kept = new HashSet<String>();
        for (String key : references.keys()) {
            Optional<Present> target = present.find(references.table(), key);
            target.ifPresent(t -> kept.add(t.uuid()));
            if (target.isEmpty() || !current.contains(target.get().uuid())) {
                missing.add(reference(references.table(), key));
            }
        }
        var superfluous = new ArrayList<JsonNode>();
        for (Present ours : present.rows(references.table()).values()) {
            if (current.contains(ours.uuid()) && !kept.contains(ours.uuid())) {
                superfluous.add(OvsdbJson.uuid(ours.uuid()));
            }
        }
        if (!superfluous.isEmpty()) {
            operations.add(OvsdbJson.mutate(
                    table,
                    OvsdbJson.row(there.uuid()),
                    OvsdbJson.mutation(column, "delete", OvsdbJson.set(superfluous))));
        }
        if (!missing.isEmpty()) {
            operations.add(OvsdbJson.mutate(
                    table, OvsdbJson.row(there.uuid()), OvsdbJson.mutation(column, "insert", OvsdbJson.set(missing))));
        }
    }

    /** Ports of switches and routers need no deleting: the database drops a port that nothing refers to. */
    private void removeOthers() {
        Set<String> wantedKeys = new HashSet<>();
        wanted.rows().forEach(row -> wantedKeys.add(row.table() + " " + row.key()));
        for (String table : List.of(Northbound.SWITCH, Northbound.ROUTER, Northbound.NAMES, Northbound.DHCP)) {
            present.rows(table).forEach((key, there) -> {
                if (!wantedKeys.contains(table + " " + key)) {
                    operations.add(OvsdbJson.delete(table, OvsdbJson.row(there.uuid())));
                }
            });
        }
    }

    private static boolean same(JsonNode current, Value value) {
        return switch (value) {
            case Value.Text(var text) -> current.asText().equals(text);
            case Value.Texts(var texts) -> OvsdbJson.strings(current).equals(texts);
            case Value.Pairs(var pairs) -> OvsdbJson.pairs(current).equals(pairs);
            case Value.References _ -> throw new IllegalStateException("references are compared one by one");
        };
    }

    private JsonNode json(Value value) {
        return switch (value) {
            case Value.Text(var text) -> OvsdbJson.text(text);
            case Value.Texts(var texts) -> OvsdbJson.texts(texts);
            case Value.Pairs(var pairs) -> OvsdbJson.map(pairs);
            case Value.References(var table, var keys) ->
                OvsdbJson.set(new TreeSet<>(keys)
                        .stream().map(key -> reference(table, key)).toList());
        };
    }

    private JsonNode reference(String table, String key) {
        return present.find(table, key)
                .<JsonNode>map(there -> OvsdbJson.uuid(there.uuid()))
                .orElseGet(() -> OvsdbJson.named(nameOf(table, key)));
    }

    /** A name for a row within its transaction; the database allows letters, digits and underscores. */
    private static String nameOf(String table, String key) {
        return table + "_" + key.replace('-', '_');
    }
}
