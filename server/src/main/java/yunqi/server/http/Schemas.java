package yunqi.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.base.Cidr;
import yunqi.core.base.Digest;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Labels;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.wire.Specs;
import yunqi.core.wire.Wire;

/** JSON Schemas of records, as {@code Wire} writes and reads them. Each record becomes one named schema, so that clients can be generated. */
final class Schemas {
    private static final Map<Class<?>, String> FORMATS = Map.of(
            Name.class, "name",
            Bytes.class, "size, such as 512MiB",
            Cidr.class, "cidr",
            IpAddress.class, "ipv4",
            MacAddress.class, "mac",
            Digest.class, "digest",
            UUID.class, "uuid",
            Instant.class, "date-time");

    private final Map<String, ObjectNode> named = new TreeMap<>();

    /** All records met so far, by name. */
    Map<String, ObjectNode> named() {
        return named;
    }

    /** A parameterized type, such as an item of instances: {@code generic(Item.class, InstanceSpec.class, InstanceStatus.class)}. */
    static ParameterizedType generic(Class<?> raw, Type... arguments) {
        return new Generic(raw, List.of(arguments));
    }

    private record Generic(Class<?> raw, List<Type> arguments) implements ParameterizedType {
        @Override
        public Type[] getActualTypeArguments() {
            return arguments.toArray(Type[]::new);
        }

        @Override
        public Type getRawType() {
            return raw;
        }

        @Override
        @SuppressWarnings("NullAway") // a type that is in no other has no owner: the interface says null for that
        public Type getOwnerType() {
            return null;
        }
    }

    /** The schema of a type; records are referred to by name. */
    ObjectNode of(Type type) {
        return of(type, Map.of());
    }

    private ObjectNode of(Type type, Map<TypeVariable<?>, Type> bound) {
        return switch (type) {
            case TypeVariable<?> variable -> of(bound.getOrDefault(variable, Object.class), bound);
            case ParameterizedType generic -> generic(generic, bound);
            case Class<?> plain -> plain(plain);
            default -> object();
        };
    }

    private ObjectNode generic(ParameterizedType type, Map<TypeVariable<?>, Type> bound) {
        Class<?> raw = (Class<?>) type.getRawType();
        Type[] arguments = type.getActualTypeArguments();
        if (raw == Optional.class) {
            return of(arguments[0], bound);
        }
        if (raw == List.class) {
            ObjectNode array = typed("array");
            array.set("items", of(arguments[0], bound));
            return array;
        }
        if (raw == SortedMap.class || raw == Map.class) {
            ObjectNode map = typed("object");
            map.set("additionalProperties", of(arguments[1], bound));
            return map;
        }
        Map<TypeVariable<?>, Type> inner = new HashMap<>();
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < arguments.length; i++) {
            Type argument = arguments[i] instanceof TypeVariable<?> variable
                    ? bound.getOrDefault(variable, Object.class)
                    : arguments[i];
            inner.put(raw.getTypeParameters()[i], argument);
            if (i == 0) {
                name.append(word(argument));
            }
        }
        return record(raw, name + raw.getSimpleName(), inner);
    }

    private static String word(Type type) {
        return switch (type) {
            case Class<?> plain -> plain.getSimpleName().replace("Spec", "");
            case ParameterizedType generic -> word(generic.getActualTypeArguments()[0]);
            default -> "";
        };
    }

    private ObjectNode plain(Class<?> type) {
        if (FORMATS.containsKey(type)) {
            return typed("string").put("format", FORMATS.get(type));
        }
        if (type == String.class) {
            return typed("string");
        }
        if (type == Labels.class) {
            ObjectNode labels = typed("object");
            labels.set("additionalProperties", typed("string"));
            return labels;
        }
        if (type == boolean.class || type == Boolean.class) {
            return typed("boolean");
        }
        if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
            return typed("integer");
        }
        if (type == double.class || type == Double.class) {
            return typed("number");
        }
        if (type.isEnum()) {
            ObjectNode words = typed("string");
            ArrayNode all = words.putArray("enum");
            for (Object value : type.getEnumConstants()) {
                all.add(Wire.tree(value));
            }
            return words;
        }
        if (type.isRecord()) {
            // Identities are records of one UUID, written as it.
            return type.getSimpleName().endsWith("Id")
                    ? typed("string").put("format", "uuid")
                    : record(type, name(type), Map.of());
        }
        return object();
    }

    /** Records inside others are named after both, unless the outer one only gathers them. */
    private static String name(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return outer == null || !outer.isRecord() ? type.getSimpleName() : name(outer) + type.getSimpleName();
    }

    private ObjectNode record(Class<?> type, String name, Map<TypeVariable<?>, Type> bound) {
        if (!named.containsKey(name)) {
            ObjectNode schema = typed("object");
            named.put(name, schema); // before its fields: a record may hold itself
            JsonNode defaults = Specs.defaults(type.asSubclass(Record.class));
            ObjectNode properties = schema.putObject("properties");
            ArrayNode required = Wire.strict().createArrayNode();
            for (RecordComponent component : type.getRecordComponents()) {
                ObjectNode property = of(component.getGenericType(), bound);
                if (defaults.has(component.getName())) {
                    property.set("default", defaults.get(component.getName()));
                } else if (!optional(type, component.getType())) {
                    required.add(component.getName());
                }
                properties.set(component.getName(), property);
            }
            if (!required.isEmpty()) {
                schema.set("required", required);
            }
            schema.put("additionalProperties", false);
        }
        return object().put("$ref", "#/components/schemas/" + name);
    }

    private static boolean optional(Class<?> type, Class<?> component) {
        boolean empties = type.getSimpleName().endsWith("Spec"); // users may leave out what is then empty
        return component == Optional.class
                || (empties && (component == List.class || component == SortedMap.class || component == Labels.class));
    }

    private static ObjectNode typed(String type) {
        return object().put("type", type);
    }

    private static ObjectNode object() {
        return Wire.strict().createObjectNode();
    }
}
