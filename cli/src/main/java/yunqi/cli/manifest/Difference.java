package yunqi.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** What differs between two JSON trees, field by field. Pure. */
public final class Difference {
    private Difference() {}

    /** One line a field: {@code spec.flavor: small -> large}. Empty if they are equal. */
    public static List<String> between(JsonNode before, JsonNode after) {
        List<String> lines = new ArrayList<>();
        walk("", before, after, lines);
        return lines;
    }

    private static void walk(String path, JsonNode before, JsonNode after, List<String> lines) {
        if (before instanceof ObjectNode left && after instanceof ObjectNode right) {
            TreeSet<String> names = new TreeSet<>();
            left.fieldNames().forEachRemaining(names::add);
            right.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                walk(path.isEmpty() ? name : path + "." + name, left.path(name), right.path(name), lines);
            }
            return;
        }
        if (!same(before, after)) {
            lines.add(path + ": " + say(before) + " -> " + say(after));
        }
    }

    private static boolean same(JsonNode before, JsonNode after) {
        if (before.isNumber() && after.isNumber()) {
            return before.decimalValue().compareTo(after.decimalValue()) == 0; // 4 and 4.0 mean the same
        }
        return before.equals(after);
    }

    private static String say(JsonNode value) {
        return value.isMissingNode() ? "(nothing)" : value.isTextual() ? value.asText() : value.toString();
    }
}
