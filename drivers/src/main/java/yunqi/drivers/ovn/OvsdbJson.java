package yunqi.drivers.ovn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The JSON forms of RFC 7047: operations, conditions, sets and maps. Pure. */
final class OvsdbJson {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private OvsdbJson() {}

    static ObjectNode object() {
        return NODES.objectNode();
    }

    static ArrayNode array(JsonNode... items) {
        return NODES.arrayNode().addAll(List.of(items));
    }

    static JsonNode text(String value) {
        return NODES.textNode(value);
    }

    static JsonNode number(long value) {
        return NODES.numberNode(value);
    }

    static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON has no JSON form", e);
        }
    }

    static JsonNode parse(byte[] text) throws IOException {
        return MAPPER.readTree(text);
    }

    static ArrayNode uuid(String value) {
        return array(text("uuid"), text(value));
    }

    /** A row that the same transaction inserts under this name. */
    static ArrayNode named(String name) {
        return array(text("named-uuid"), text(name));
    }

    static ArrayNode set(Collection<? extends JsonNode> items) {
        return array(text("set"), NODES.arrayNode().addAll(items));
    }

    static ArrayNode texts(Collection<String> items) {
        return set(items.stream().map(OvsdbJson::text).toList());
    }

    static ArrayNode map(Map<String, String> pairs) {
        ArrayNode items = NODES.arrayNode();
        pairs.forEach((key, value) -> items.add(array(text(key), text(value))));
        return array(text("map"), items);
    }

    /** Rows where the map {@code column} has this pair. */
    static ArrayNode having(String column, String key, String value) {
        return array(array(text(column), text("includes"), map(Map.of(key, value))));
    }

    /** The row with this value in this column. */
    static ArrayNode where(String column, String value) {
        return array(array(text(column), text("=="), text(value)));
    }

    /** The row with this identity. */
    static ArrayNode row(String uuid) {
        return array(array(text("_uuid"), text("=="), uuid(uuid)));
    }

    static ArrayNode everything() {
        return array();
    }

    static ObjectNode select(String table, ArrayNode where, List<String> columns) {
        ObjectNode operation = operation("select", table);
        operation.set("where", where);
        ArrayNode names = operation.putArray("columns");
        columns.forEach(names::add);
        return operation;
    }

    static ObjectNode insert(String table, String name, ObjectNode row) {
        ObjectNode operation = operation("insert", table);
        operation.put("uuid-name", name);
        operation.set("row", row);
        return operation;
    }

    static ObjectNode update(String table, ArrayNode where, ObjectNode row) {
        ObjectNode operation = operation("update", table);
        operation.set("where", where);
        operation.set("row", row);
        return operation;
    }

    static ObjectNode delete(String table, ArrayNode where) {
        ObjectNode operation = operation("delete", table);
        operation.set("where", where);
        return operation;
    }

    /** One change inside a set or map: {@code insert} adds what isn't there yet, {@code delete} takes out. */
    static ArrayNode mutation(String column, String mutator, JsonNode value) {
        return array(text(column), text(mutator), value);
    }

    static ObjectNode mutate(String table, ArrayNode where, ArrayNode... mutations) {
        ObjectNode operation = operation("mutate", table);
        operation.set("where", where);
        operation.set("mutations", array(mutations));
        return operation;
    }

    /** Lets the transaction fail at once unless some row satisfies {@code where}. */
    static ObjectNode mustExist(String table, ArrayNode where, String anyColumn) {
        ObjectNode operation = operation("wait", table);
        operation.set("where", where);
        operation.set("columns", array(text(anyColumn)));
        operation.put("until", "!=");
        operation.set("rows", array());
        operation.put("timeout", 0);
        return operation;
    }

    private static ObjectNode operation(String op, String table) {
        ObjectNode operation = object();
        operation.put("op", op);
        operation.put("table", table);
        return operation;
    }

    /** A column that is a map of strings. */
    static SortedMap<String, String> pairs(JsonNode column) {
        var pairs = new TreeMap<String, String>();
        for (JsonNode pair : column.path(1)) {
            pairs.put(pair.path(0).asText(), pair.path(1).asText());
        }
        return pairs;
    }

    /** A column that is a set of strings; one alone stands without the word {@code set}. */
    static SortedSet<String> strings(JsonNode column) {
        var strings = new TreeSet<String>();
        items(column).forEach(item -> strings.add(item.asText()));
        return strings;
    }

    /** A column that is a set of references to rows. */
    static SortedSet<String> uuids(JsonNode column) {
        var uuids = new TreeSet<String>();
        items(column).forEach(item -> uuids.add(item.path(1).asText()));
        return uuids;
    }

    private static Iterable<JsonNode> items(JsonNode column) {
        return column.path(0).asText().equals("set") ? column.path(1) : List.of(column);
    }
}
