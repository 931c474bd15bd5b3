package yunqi.cli.manifest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import yunqi.cli.api.Trouble;
import yunqi.core.base.BadValue;
import yunqi.core.base.Labels;
import yunqi.core.base.Name;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Specs;
import yunqi.core.wire.Wire;

/** Reads manifests: YAML documents, each {@code kind}, {@code project}, {@code name}, {@code labels}, {@code spec}. Everything is checked before anything is given back. */
public final class Manifest {
    private static final int DOCUMENT_LIMIT = 10_000;
    private static final int DEPTH_LIMIT = 32; // our deepest document has 6 levels
    private static final Set<String> FIELDS = Set.of("kind", "project", "name", "labels", "spec");
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final String file;
    private final String project;
    private final Map<String, Integer> lines = new HashMap<>();

    private Manifest(String file, String project) {
        this.file = file;
        this.project = project;
    }

    /** The documents in dependency order. {@code project} is meant where a document names none. Throws {@link Trouble} with file, line and field. */
    public static List<Document> read(String file, String text, String project) {
        List<Document> documents = new Manifest(file, project).documents(text);
        Set<String> seen = new HashSet<>();
        for (Document document : documents) {
            if (!seen.add(document.path())) {
                throw Trouble.failed(document.source() + ": " + document.title() + " stands here a second time");
            }
        }
        return documents.stream().sorted(Comparator.comparing(Document::kind)).toList();
    }

    private List<Document> documents(String text) {
        List<Document> found = new ArrayList<>();
        YAMLFactory yaml = YAMLFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
        try (JsonParser parser = yaml.createParser(text)) {
            while (parser.nextToken() != null) {
                lines.clear();
                int first = parser.currentTokenLocation().getLineNr();
                JsonNode tree = node(parser, "", 0);
                if (tree.isNull() || (tree.isTextual() && tree.asText().isEmpty())) {
                    continue; // '---' with nothing after it
                }
                if (found.size() == DOCUMENT_LIMIT) {
                    throw Trouble.failed(file + ": more than " + DOCUMENT_LIMIT + " documents; split it");
                }
                found.add(document(tree, new Document.Lines(Map.copyOf(lines), first)));
            }
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw Trouble.failed(file + ":" + line + ": not YAML: " + sentence(e.getOriginalMessage()));
        } catch (IOException e) {
            throw Trouble.failed(file + " cannot be read: " + e.getMessage());
        }
        if (found.isEmpty()) {
            throw Trouble.failed(file + " has no document in it");
        }
        return found;
    }

    /** Builds the tree and remembers on which line each of its fields stands. */
    private JsonNode node(JsonParser parser, String path, int depth) throws IOException {
        int line = parser.currentTokenLocation().getLineNr();
        if (depth > DEPTH_LIMIT) {
            throw Trouble.failed(file + ":" + line + ": " + path + ": nested deeper than " + DEPTH_LIMIT + " levels");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                ObjectNode object = NODES.objectNode();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String name = parser.currentName();
                    String inner = path.isEmpty() ? name : path + "." + name;
                    lines.put(inner, parser.currentTokenLocation().getLineNr());
                    parser.nextToken();
                    object.set(name, node(parser, inner, depth + 1));
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    String inner = path + "[" + array.size() + "]";
                    lines.put(inner, parser.currentTokenLocation().getLineNr());
                    array.add(node(parser, inner, depth + 1));
                }
                yield array;
            }
            case VALUE_NULL -> NODES.nullNode();
            case VALUE_TRUE, VALUE_FALSE -> NODES.booleanNode(parser.getBooleanValue());
            case VALUE_NUMBER_INT -> NODES.numberNode(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDecimalValue());
            default -> NODES.textNode(parser.getText());
        };
    }

    private Document document(JsonNode tree, Document.Lines at) {
        if (!(tree instanceof ObjectNode document)) {
            throw trouble(at, "", "a document has the fields kind, name and spec");
        }
        for (Map.Entry<String, JsonNode> field : document.properties()) {
            if (!FIELDS.contains(field.getKey())) {
                throw trouble(at, field.getKey(), "is not a field here; known are kind, project, name, labels, spec");
            }
        }
        String word = text(document, "kind", at);
        Kind kind = Kind.of(word)
                .orElseThrow(() -> trouble(
                        at,
                        "kind",
                        "there is no kind '" + word + "'; known are "
                                + String.join(
                                        ", ",
                                        List.of(Kind.values()).stream()
                                                .map(Kind::word)
                                                .toList())));
        if (!kind.scoped() && document.has("project")) {
            throw trouble(at, "project", "a " + word + " belongs to no project");
        }
        JsonNode spec =
                document.path("spec").isMissingNode() || document.path("spec").isNull()
                        ? NODES.objectNode()
                        : document.path("spec");
        try {
            Name name = new Name(text(document, "name", at));
            Name in = document.has("project") ? name("project", text(document, "project", at)) : new Name(project);
            Labels labels = document.path("labels").isObject()
                    ? Wire.read("labels", document.path("labels"), Labels.class)
                    : Labels.NONE;
            Specs.read(kind, spec);
            return new Document(kind, in.value(), name, labels, (ObjectNode) spec, file + ":" + at.first());
        } catch (BadValue bad) {
            String message = String.valueOf(bad.getMessage());
            String prefix = bad.field() + ": ";
            throw trouble(at, bad.field(), message.startsWith(prefix) ? message.substring(prefix.length()) : message);
        }
    }

    private static Name name(String field, String text) {
        try {
            return new Name(text);
        } catch (BadValue bad) {
            throw new BadValue(field, String.valueOf(bad.getMessage()).replaceFirst("^name: ", ""));
        }
    }

    private String text(ObjectNode document, String field, Document.Lines at) {
        JsonNode value = document.path(field);
        if (!value.isValueNode() || value.isNull() || value.asText().isEmpty()) {
            throw trouble(at, field, "is missing");
        }
        return value.asText();
    }

    private Trouble trouble(Document.Lines at, String field, String message) {
        return Trouble.failed(file + ":" + at.of(field) + ": " + (field.isEmpty() ? "" : field + ": ") + message);
    }

    /** What the YAML library says, as one line. */
    private static String sentence(String message) {
        List<String> parts = message.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("in ") && !line.startsWith("^"))
                .limit(2)
                .toList();
        return String.join("; ", parts);
    }
}
