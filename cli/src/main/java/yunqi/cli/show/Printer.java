package yunqi.cli.show;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import yunqi.cli.api.Surroundings;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Wire;

/** Prints things as the user asked: a table, or exactly what the API returned as JSON or YAML. */
public final class Printer {
    /** How to print. */
    public enum Format {
        TABLE,
        JSON,
        YAML
    }

    private static final Pattern UNESCAPED = Pattern.compile("[\\x7f-\\x9f]");

    private final Surroundings around;
    private final Format format;

    public Printer(Surroundings around, Format format) {
        this.around = around;
        this.format = format;
    }

    /** A list as the API returns it. */
    public void list(Kind kind, JsonNode list) {
        if (format != Format.TABLE) {
            raw(list);
            return;
        }
        if (list.path("items").isEmpty()) {
            around.err().println("no " + kind.plural());
            return;
        }
        List<Column> columns = Column.of(kind);
        Instant now = Instant.now();
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode item : list.path("items")) {
            rows.add(columns.stream()
                    .map(column -> column.cell().apply(item, now))
                    .toList());
        }
        table(columns.stream().map(Column::head).toList(), rows);
    }

    public void table(List<String> head, List<List<String>> rows) {
        Table.lines(head, rows, around.columns()).forEach(out()::println);
    }

    /** One thing as the API returns it; as a table its fields, one a line. */
    public void one(JsonNode item) {
        if (format != Format.TABLE) {
            raw(item);
            return;
        }
        List<String> lines = new ArrayList<>();
        fields("", item, lines);
        lines.forEach(out()::println);
    }

    /** What happened to a thing, as the API returns it; nothing if nothing is kept. */
    public void story(JsonNode events) {
        Instant now = Instant.now();
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode event : events.path("items")) {
            int count = event.path("count").asInt(1);
            rows.add(List.of(
                    ago(event.path("last"), now),
                    count == 1 ? "" : count + " times in " + ago(event.path("first"), now),
                    Column.text(event, "/what"),
                    Column.text(event, "/message")));
        }
        if (!rows.isEmpty()) {
            out().println();
            table(List.of("AGO", "AGAIN", "WHAT", "WHY"), rows);
        }
    }

    private static String ago(JsonNode time, Instant now) {
        try {
            return Column.age(Duration.between(Instant.parse(time.asText()), now));
        } catch (DateTimeParseException e) {
            return "-";
        }
    }

    private static void fields(String indent, JsonNode node, List<String> lines) {
        int widest = 0;
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            widest = Math.max(widest, field.getKey().length());
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            JsonNode value = field.getValue();
            String name = indent + field.getKey() + ":";
            if (value.isObject() && !value.isEmpty()) {
                lines.add(name);
                fields(indent + "  ", value, lines);
            } else if (value.isArray() && !value.isEmpty() && value.get(0).isContainerNode()) {
                lines.add(name);
                value.forEach(one -> item(indent, one, lines));
            } else {
                lines.add(name + " ".repeat(widest - field.getKey().length() + 1) + plain(value));
            }
        }
    }

    private static void item(String indent, JsonNode value, List<String> lines) {
        List<String> inner = new ArrayList<>();
        fields("", value, inner);
        for (int i = 0; i < inner.size(); i++) {
            lines.add(indent + (i == 0 ? "  - " : "    ") + inner.get(i));
        }
    }

    private static String plain(JsonNode value) {
        if (value.isArray()) {
            List<String> words = new ArrayList<>();
            value.forEach(one -> words.add(one.asText()));
            return words.isEmpty() ? "-" : String.join(", ", words);
        }
        String text = value.isContainerNode() || value.isNull() ? "" : value.asText();
        return text.isEmpty() ? "-" : text.strip().replace("\n", "\\n").replaceAll("\\p{Cntrl}", " ");
    }

    /** JSON or YAML; JSON where a table was asked for. */
    public void raw(JsonNode tree) {
        try {
            if (format == Format.YAML) {
                out().print(Yaml.write(tree));
            } else {
                out().println(escaped(
                        Wire.strict().writerWithDefaultPrettyPrinter().writeValueAsString(tree)));
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can be written", e);
        }
    }

    /** JSON need not escape these, but a terminal obeys them. They can stand inside strings only. */
    private static String escaped(String json) {
        return UNESCAPED
                .matcher(json)
                .replaceAll(found -> String.format(
                        Locale.ROOT, "\\\\u%04x", (int) found.group().charAt(0)));
    }

    public PrintStream out() {
        return around.out();
    }

    public Format format() {
        return format;
    }
}
