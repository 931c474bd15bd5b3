package yunqi.trials.golden;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import yunqi.core.audit.AuditChain;
import yunqi.core.audit.AuditEntry;
import yunqi.core.instance.InstancePlan;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Wire;

/**
 * One golden file: the form of something, a value of it with every field filled, and where a digest of it is kept somewhere, that digest. {@code v0.1} and its like
 * are what that version wrote, and are never changed; {@code next} holds what has another form since the newest of them.
 */
record Golden(List<String> shape, Optional<String> digest, JsonNode value) {
    /** What isn't released yet. */
    static final String NEXT = "next";

    /** A line for each thing: changes are read as differences. */
    private static final PrettyPrinter LINES = new DefaultPrettyPrinter()
            .withArrayIndenter(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE)
            .withObjectIndenter(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);

    private static final String UNKNOWN = "fromTheFuture";
    private static final String SUFFIX = ".json";

    static Path folder() {
        return Path.of(System.getProperty("yunqi.home", "..")).resolve("trials/src/test/resources/golden");
    }

    /** What today's code makes of it. */
    static Golden of(Samples sample) {
        Object value = sample.value();
        return new Golden(Shape.of(sample.type()), digest(value), written(value));
    }

    /** As it stands in a file. */
    static JsonNode written(Object value) {
        return Wire.read("", Wire.write(value), JsonNode.class);
    }

    /** What is kept of a value beside itself, and must stay the same whatever version finds it out anew. */
    static Optional<String> digest(Object value) {
        return switch (value) {
            case InstancePlan plan -> Optional.of(Digests.of(plan));
            case AuditEntry entry ->
                Optional.of(AuditChain.append(AuditChain.Mark.START, List.of(entry))
                        .getFirst()
                        .hash());
            default -> Optional.empty();
        };
    }

    /** The released versions, oldest first. */
    static List<String> versions() throws IOException {
        try (Stream<Path> folders = Files.list(folder())) {
            return folders.map(path -> path.getFileName().toString())
                    .filter(name -> !name.equals(NEXT))
                    .sorted(java.util.Comparator.comparingInt(Golden::number))
                    .toList();
        }
    }

    private static int number(String version) {
        String[] words = version.substring(1).split("\\.", -1);
        return Integer.parseInt(words[0]) * 1_000 + Integer.parseInt(words[1]);
    }

    /** The names of all files of a version. */
    static List<String> names(String version) throws IOException {
        Path folder = folder().resolve(version);
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(SUFFIX))
                    .map(file -> folder.relativize(file).toString())
                    .map(name -> name.substring(0, name.length() - SUFFIX.length()))
                    .sorted()
                    .toList();
        }
    }

    static Path file(String version, String name) {
        return folder().resolve(version).resolve(name + SUFFIX);
    }

    static Optional<Golden> read(String version, String name) throws IOException {
        Path file = file(version, name);
        return Files.exists(file)
                ? Optional.of(Wire.strict().readValue(Files.readString(file), Golden.class))
                : Optional.empty();
    }

    /** The newest one. */
    static Optional<Golden> newest(String name) throws IOException {
        Optional<Golden> next = read(NEXT, name);
        return next.isPresent() ? next : released(name);
    }

    /** That of the newest version which has one. */
    static Optional<Golden> released(String name) throws IOException {
        Optional<Golden> found = Optional.empty();
        for (String version : versions()) {
            Optional<Golden> one = read(version, name);
            found = one.isPresent() ? one : found;
        }
        return found;
    }

    void write(String version, String name) throws IOException {
        Path file = file(version, name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, Wire.strict().writer(LINES).writeValueAsString(Wire.tree(this)) + "\n");
    }

    /** The value, with a field that nobody knows in every record of it. Maps have none. */
    JsonNode fromTheFuture() {
        JsonNode copy = value.deepCopy();
        List<ObjectNode> records = new ArrayList<>();
        records(copy, records);
        records.forEach(one -> one.putObject(UNKNOWN).put("is", 1));
        return copy;
    }

    /** Copies of the value, each with such a field in one of its records. */
    static void eachWithUnknown(JsonNode value, Consumer<JsonNode> user) {
        JsonNode copy = value.deepCopy();
        List<ObjectNode> records = new ArrayList<>();
        records(copy, records);
        for (ObjectNode one : records) {
            one.put(UNKNOWN, 1);
            user.accept(copy.deepCopy());
            one.remove(UNKNOWN);
        }
    }

    private static void records(JsonNode node, List<ObjectNode> into) {
        node.forEach(inside -> records(inside, into));
        if (node instanceof ObjectNode object && !object.has(Filled.KEY) && !object.isEmpty()) {
            into.add(object);
        }
    }

    /** Reads a value as what is kept is read. */
    static Object stored(Class<?> type, JsonNode value) {
        try {
            return Wire.lenient().treeToValue(value, type);
        } catch (JsonProcessingException e) {
            throw new AssertionError(type.getSimpleName() + " cannot be read: " + e.getMessage(), e);
        }
    }
}
