package yunqi.trials.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import yunqi.core.base.BadValue;
import yunqi.core.base.Labels;
import yunqi.core.image.ImportSpec;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Kind;
import yunqi.core.wire.Specs;
import yunqi.core.wire.Wire;

/** A version works with what the one before it wrote and says, and that one with what this one says. */
class GoldenTest {
    /** What a released version wrote stays as it was: another digest here is a mistake, a further line a release. */
    private static final Map<String, String> RELEASED =
            Map.of("v0.1", "76731697757f4a667bbf89a0e3efeec2df95667e8c4073a65be1718912ebaa8a");

    private static final String WHAT_TO_DO = """
            a form that is kept or said on the link has changed. Other versions read it:
             - a new field is an Optional, or a number or a boolean whose 0 or false means what was before; it says the same when an older version leaves it out;
             - of InstancePlan it must be an Optional that is empty for what runs already, else every instance is made anew by the upgrade;
             - no field is renamed, retyped or removed, and no component changes its place; a new word of an enum is written only a release after it can be read.
            If all that holds: './dev golden' writes the new form into golden/next; look at it and commit it. The files of released versions are never changed.
            (CONTRIBUTING.md, 'What is kept or said')""";

    private static final Set<String> NOT_OURS = Set.of("JsonNode", "SsoBegun"); // any JSON; what the CLI is answered

    @Test
    void everyFormHasAGoldenFile() throws IOException {
        boolean write = "write".equals(System.getProperty("yunqi.golden"));
        List<String> changed = new ArrayList<>();
        for (Samples sample : Samples.all()) {
            Golden today = Golden.of(sample);
            if (write) {
                if (Golden.released(sample.name()).equals(Optional.of(today))) {
                    Files.deleteIfExists(Golden.file(Golden.NEXT, sample.name()));
                } else {
                    today.write(Golden.NEXT, sample.name());
                }
            }
            Optional<Golden> kept = Golden.newest(sample.name());
            if (!kept.equals(Optional.of(today))) {
                changed.add(sample.name() + ": "
                        + kept.map(golden -> difference(golden, today)).orElse("is new"));
            }
        }
        assertThat(changed).as(WHAT_TO_DO).isEmpty();
    }

    private static String difference(Golden before, Golden today) {
        if (!before.shape().equals(today.shape())) {
            List<String> gone = new ArrayList<>(before.shape());
            gone.removeAll(today.shape());
            List<String> fresh = new ArrayList<>(today.shape());
            fresh.removeAll(before.shape());
            return gone.isEmpty() && fresh.isEmpty() ? "another order" : "no longer " + gone + ", but " + fresh;
        }
        return before.value().equals(today.value())
                ? "another digest"
                : "is written as " + today.value() + ", and was as " + before.value();
    }

    @Test
    void formsOnlyGrow() throws IOException {
        for (Samples sample : Samples.all()) {
            List<String> today = Shape.of(sample.type());
            for (String version : Golden.versions()) {
                Optional<Golden> golden = Golden.read(version, sample.name());
                List<String> before = golden.map(Golden::shape).orElse(List.of());
                assertThat(before.stream().filter(line -> !grown(line, today)).toList())
                        .as(sample.name() + " of " + version + ": " + WHAT_TO_DO)
                        .isEmpty();
            }
        }
    }

    private static boolean grown(String line, List<String> today) {
        return today.contains(line)
                || (line.contains(" | ") && today.stream().anyMatch(longer -> longer.startsWith(line + " | ")));
    }

    @Test
    void whatWasKeptIsReadWithTheSameMeaning() throws IOException {
        int read = 0;
        List<String> folders = new ArrayList<>(Golden.versions());
        folders.add(Golden.NEXT);
        for (String version : folders) {
            Set<String> without = new TreeSet<>(Golden.names(version));
            for (Samples sample : Samples.all()) {
                Optional<Golden> golden = Golden.read(version, sample.name());
                if (golden.isPresent()) {
                    without.remove(sample.name());
                    read++;
                    String where = "golden/" + version + "/" + sample.name() + ": " + WHAT_TO_DO;
                    Object value = Golden.stored(sample.type(), golden.get().value());
                    assertThat(missing(sample.name(), value)).as(where).isEmpty();
                    assertThat(lost("", golden.get().value(), Golden.written(value)))
                            .as(where)
                            .isEmpty();
                    assertThat(Golden.digest(value))
                            .as("the digest in " + where)
                            .isEqualTo(golden.get().digest());
                }
            }
            assertThat(without)
                    .as("golden files of " + version + " whose form nothing reads any more")
                    .isEmpty();
        }
        assertThat(read).as("golden files").isGreaterThan(40);
    }

    /** What the golden value says and the other doesn't. The other may say more. */
    private static List<String> lost(String path, JsonNode golden, @Nullable JsonNode other) {
        List<String> lost = new ArrayList<>();
        if (other == null || golden.getNodeType() != other.getNodeType() || golden.size() > other.size()) {
            return List.of(path + " was " + golden + " and is " + other);
        }
        golden.properties()
                .forEach(field ->
                        lost.addAll(lost(path + "." + field.getKey(), field.getValue(), other.get(field.getKey()))));
        for (int i = 0; golden.isArray() && i < golden.size(); i++) {
            lost.addAll(lost(path + "[" + i + "]", golden.get(i), other.get(i)));
        }
        if (golden.isValueNode() && !golden.equals(other)) {
            lost.add(path + " was " + golden + " and is " + other);
        }
        return lost;
    }

    /** The fields that hold nothing at all: what was read has no value for them. */
    private static List<String> missing(String path, @Nullable Object value) {
        List<String> missing = new ArrayList<>();
        switch (value) {
            case null -> missing.add(path);
            case Optional<?> there -> there.ifPresent(inside -> missing.addAll(missing(path, inside)));
            case Collection<?> many -> many.forEach(one -> missing.addAll(missing(path + "[]", one)));
            case Record fields -> {
                for (RecordComponent component : fields.getClass().getRecordComponents()) {
                    missing.addAll(missing(path + "." + component.getName(), get(fields, component)));
                }
            }
            default -> {} // a word, a number, or a map of them
        }
        return missing;
    }

    private static @Nullable Object get(Record fields, RecordComponent component) {
        try {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true);
            return accessor.invoke(fields);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(component + " cannot be read", e);
        }
    }

    @Test
    void whatANewerVersionAddsIsPassedOver() throws IOException {
        for (Samples sample : Samples.all()) {
            if (settings(sample) || sample.type() == Labels.class) { // refused; and nothing but a map
                continue;
            }
            Golden golden = Golden.newest(sample.name()).orElseThrow();
            assertThat(golden.fromTheFuture()).isNotEqualTo(golden.value());
            assertThat(Golden.stored(sample.type(), golden.fromTheFuture()))
                    .as(sample.name())
                    .isEqualTo(Golden.stored(sample.type(), golden.value()));
        }
    }

    @Test
    void whatUsersWriteIsRefusedWhereAFieldIsUnknown() throws IOException {
        int refused = 0;
        for (Samples sample : Samples.all()) {
            JsonNode good = Golden.newest(sample.name()).orElseThrow().value();
            if (settings(sample)) {
                Wire.read("", good, sample.type()); // as it is, it is taken
                refused += refusesUnknown(good, sample, node -> Wire.read("", node, sample.type()));
            }
            boolean spec = sample.type() == ImportSpec.class
                    || Stream.of(Kind.values()).anyMatch(kind -> kind.spec() == sample.type());
            if (spec) {
                Specs.read(sample.type().asSubclass(Record.class), good);
                refused += refusesUnknown(
                        good, sample, node -> Specs.read(sample.type().asSubclass(Record.class), node));
            }
        }
        assertThat(refused).as("typos tried").isGreaterThan(15);
    }

    /** Tries a field that nobody knows in each record of it by itself; how many there are. */
    private static int refusesUnknown(JsonNode good, Samples sample, java.util.function.Consumer<JsonNode> reader) {
        List<JsonNode> spoiled = new ArrayList<>();
        Golden.eachWithUnknown(good, spoiled::add);
        assertThat(spoiled).isNotEmpty();
        for (JsonNode one : spoiled) {
            assertThatThrownBy(() -> reader.accept(one))
                    .as(sample.name() + " " + one)
                    .isInstanceOf(BadValue.class);
        }
        return spoiled.size();
    }

    /** Written by people, so a field that is not known is a typo. */
    private static boolean settings(Samples sample) {
        return sample.name().endsWith("Config.File");
    }

    @Test
    void whatReleasedVersionsWroteIsNotChanged() throws IOException {
        assertThat(Golden.versions()).containsExactlyInAnyOrderElementsOf(RELEASED.keySet());
        for (String version : Golden.versions()) {
            StringBuilder all = new StringBuilder();
            for (String name : Golden.names(version)) {
                all.append(name).append('\n').append(Files.readString(Golden.file(version, name)));
            }
            assertThat(Digests.of(all.toString().getBytes(StandardCharsets.UTF_8)))
                    .as("golden/" + version + " is what that version wrote: take the files back as they were")
                    .isEqualTo(RELEASED.get(version));
        }
    }

    /** Whoever reads something kept in a new place learns here that it needs a golden file. */
    @Test
    void nothingIsKeptWithoutOne() throws IOException {
        Pattern read = Pattern.compile("(?:Wire\\s*\\.stored|lenient\\(\\)\\s*\\.(?:readValue|treeToValue))\\([^;]*?"
                + "([A-Z][A-Za-z]*)\\.class\\)");
        Set<String> known = new TreeSet<>(NOT_OURS);
        Samples.all().forEach(sample -> known.add(sample.type().getSimpleName()));
        Set<String> unknown = new TreeSet<>();
        int found = 0;
        for (String module : List.of("core", "drivers", "server", "agent")) {
            Path sources =
                    Golden.folder().resolve("../../../../..").resolve(module).resolve("src/main/java");
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file :
                        files.filter(name -> name.toString().endsWith(".java")).toList()) {
                    Matcher matcher = read.matcher(Files.readString(file));
                    while (matcher.find()) {
                        found++;
                        if (!known.contains(matcher.group(1))) {
                            unknown.add(matcher.group(1) + " in " + file.getFileName());
                        }
                    }
                }
            }
        }
        assertThat(found).as("places that read what is kept").isGreaterThan(30);
        assertThat(unknown)
                .as("read as something that is kept, without a golden file: add it to Samples and run './dev golden'")
                .isEmpty();
    }
}
