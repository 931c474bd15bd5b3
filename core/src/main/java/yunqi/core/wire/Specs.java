package yunqi.core.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import yunqi.core.base.BadValue;
import yunqi.core.base.Labels;
import yunqi.core.host.HostSpec;
import yunqi.core.image.FlavorSpec;
import yunqi.core.image.ImageSpec;
import yunqi.core.image.ImportSpec;
import yunqi.core.instance.InstanceSpec;
import yunqi.core.network.NetworkSpec;
import yunqi.core.project.ProjectSpec;
import yunqi.core.project.UserSpec;

/**
 * Reads specs as users write them: what may be left out gets its default, what must be there and isn't is refused by its field, and so is what is
 * not a field at all. API, CLI and manifests read specs here and nowhere else, so that all three agree.
 */
public final class Specs {
    private static final Map<Class<? extends Record>, ObjectNode> DEFAULTS = Map.of(
            ProjectSpec.class, object("{\"description\":\"\"}"),
            UserSpec.class, object("{\"operator\":false,\"enabled\":true,\"description\":\"\"}"),
            HostSpec.class, Wire.tree(HostSpec.FIRST).deepCopy(),
            FlavorSpec.class, object("{\"disk\":\"10GiB\"}"),
            ImageSpec.class,
                    object(
                            "{\"minMemory\":\"0\",\"architecture\":\"amd64\",\"agent\":false,\"cloudInit\":false,\"description\":\"\"}"),
            ImportSpec.class,
                    object(
                            "{\"minMemory\":\"0\",\"architecture\":\"amd64\",\"agent\":false,\"cloudInit\":true,\"description\":\"\"}"),
            NetworkSpec.class, Wire.tree(NetworkSpec.FIRST).deepCopy(),
            InstanceSpec.class,
                    object(
                            "{\"flavor\":\"small\",\"networks\":[{\"network\":\"default\"}],\"running\":true,\"restart\":\"always\",\"restarts\":0}"));

    private Specs() {}

    /** The spec of this kind that the user's JSON means. Throws {@link BadValue} with the path of the field at fault below {@code spec}. */
    public static Record read(Kind kind, JsonNode spec) {
        return read(kind.spec(), spec);
    }

    /** The spec of this type that the user's JSON means. Throws {@link BadValue} with the path of the field at fault below {@code spec}. */
    public static <T extends Record> T read(Class<T> type, JsonNode spec) {
        if (!(spec instanceof ObjectNode given)) {
            throw new BadValue("spec", "must be an object with fields, such as {\"" + first(type) + "\": …}");
        }
        List<String> known = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .toList();
        for (Map.Entry<String, JsonNode> field : given.properties()) {
            if (!known.contains(field.getKey())) { // said before what is missing: mostly they are the same mistake
                throw new BadValue("spec." + field.getKey(), "is not a field here; known are " + known);
            }
        }
        ObjectNode whole = Wire.strict().createObjectNode();
        ObjectNode defaults = DEFAULTS.getOrDefault(type, Wire.strict().createObjectNode());
        whole.setAll(defaults);
        for (Map.Entry<String, JsonNode> field : given.properties()) {
            if (!field.getValue().isNull()) { // null means: not said
                whole.set(field.getKey(), field.getValue());
            }
        }
        for (RecordComponent component : type.getRecordComponents()) {
            if (!whole.has(component.getName()) && component.getType() != Optional.class) {
                whole.set(component.getName(), empty(component));
            }
        }
        return Wire.read("spec", whole, type);
    }

    /** What is meant by each field that may be left out: what the API's description shows. */
    public static JsonNode defaults(Class<? extends Record> type) {
        ObjectNode all = Wire.strict().createObjectNode();
        if (DEFAULTS.containsKey(type)) {
            for (RecordComponent component : type.getRecordComponents()) {
                JsonNode value = DEFAULTS.get(type).get(component.getName());
                if (value != null) {
                    all.set(component.getName(), value.deepCopy());
                }
            }
        }
        return all;
    }

    private static String first(Class<?> type) {
        return type.getRecordComponents()[0].getName();
    }

    private static JsonNode empty(RecordComponent component) {
        Class<?> type = component.getType();
        if (type == List.class) {
            return Wire.strict().createArrayNode();
        }
        if (type == SortedMap.class || type == Labels.class) {
            return Wire.strict().createObjectNode();
        }
        throw new BadValue("spec." + component.getName(), "is missing and has no default");
    }

    private static ObjectNode object(String json) {
        return (ObjectNode) Wire.tree(Wire.read("default", json, JsonNode.class));
    }
}
