package yunqi.trials.golden;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import yunqi.core.wire.Wire;

/**
 * The form of a record in lines of text: every field by its path, whether it may be missing, and what it holds; of an enum all its words. In the order of
 * the components, which digests depend on.
 */
final class Shape {
    private final List<String> lines = new ArrayList<>();

    private Shape() {}

    static List<String> of(Class<?> type) {
        Shape shape = new Shape();
        shape.record("", type);
        return List.copyOf(shape.lines);
    }

    private void record(String path, Class<?> type) {
        for (RecordComponent component : type.getRecordComponents()) {
            field(path + component.getName(), component.getGenericType());
        }
    }

    private void field(String path, Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] inside = generic.getActualTypeArguments();
            Class<?> raw = (Class<?>) generic.getRawType();
            if (raw == Optional.class) {
                field(path + "?", inside[0]);
            } else if (raw == List.class) {
                field(path + "[]", inside[0]);
            } else {
                field(path + "{}", inside[1]);
            }
            return;
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isEnum()) {
            lines.add(path + ": "
                    + Arrays.stream(plain.getEnumConstants())
                            .map(word -> Wire.tree(word).asText())
                            .collect(Collectors.joining(" | ")));
            return;
        }
        boolean leaf = leaf(plain);
        lines.add(path + ": " + (leaf ? plain.getSimpleName() : "fields"));
        if (!leaf) {
            record(path + ".", plain);
        }
    }

    /** True of what is one word in JSON: a name, an address, an id; and of labels, which are a map. */
    private static boolean leaf(Class<?> type) {
        boolean id = type.isRecord()
                && type.getRecordComponents().length == 1
                && type.getRecordComponents()[0].getType() == UUID.class;
        return id || Filled.leaf(type, "").isPresent();
    }
}
