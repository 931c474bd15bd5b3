package yunqi.trials.golden;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.base.Bytes;
import yunqi.core.base.Cidr;
import yunqi.core.base.Digest;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Labels;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;

/** Makes a value of any record with every field filled, always the same one. {@code given} says by {@code Type.component} what a field needs that takes only some values. */
record Filled(Map<String, Object> given) {
    /** The key of every map, by which maps are told from records. */
    static final String KEY = "golden";

    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.006Z");
    private static final UUID ID = UUID.fromString("01234567-89ab-4cde-8f01-23456789abcd");

    Object of(Type type, String field) {
        if (given.containsKey(field)) {
            return given.get(field);
        }
        if (type instanceof ParameterizedType generic) {
            return container((Class<?>) generic.getRawType(), generic.getActualTypeArguments(), field);
        }
        Class<?> plain = (Class<?>) type;
        Optional<Object> leaf = leaf(plain, field);
        if (leaf.isPresent()) {
            return leaf.get();
        }
        if (plain.isEnum()) {
            Object[] words = plain.getEnumConstants();
            return words[words.length - 1]; // the first is mostly what is there by default
        }
        if (plain.isRecord()) {
            return record(plain);
        }
        throw new IllegalArgumentException(field + " is a " + plain.getName()
                + ", which no golden file was made of before: teach Filled and Shape what it looks like");
    }

    private Object container(Class<?> raw, Type[] inside, String field) {
        if (raw == Optional.class) {
            return Optional.of(of(inside[0], field));
        }
        if (raw == List.class) {
            return List.of(of(inside[0], field));
        }
        if (Map.class.isAssignableFrom(raw)) {
            return new TreeMap<>(Map.of(KEY, of(inside[1], field)));
        }
        throw new IllegalArgumentException(field + " is a " + raw.getName() + ": teach Filled and Shape what it is");
    }

    /** The value of what is no record of fields, if it is of such a type. */
    static Optional<Object> leaf(Class<?> type, String field) {
        Map<Class<?>, Object> leaves = Map.ofEntries(
                Map.entry(String.class, field.substring(field.lastIndexOf('.') + 1)),
                Map.entry(int.class, 3),
                Map.entry(Integer.class, 3),
                Map.entry(long.class, 4L),
                Map.entry(Long.class, 4L),
                Map.entry(double.class, 2.5),
                Map.entry(boolean.class, true),
                Map.entry(Boolean.class, true),
                Map.entry(Instant.class, TIME),
                Map.entry(UUID.class, ID),
                Map.entry(Name.class, new Name("a-name")),
                Map.entry(Bytes.class, Bytes.mebibytes(1536)),
                Map.entry(Cidr.class, Cidr.parse("10.1.0.0/20")),
                Map.entry(Digest.class, new Digest("sha256:" + "0123456789abcdef".repeat(4))),
                Map.entry(IpAddress.class, IpAddress.parse("10.1.2.3")),
                Map.entry(MacAddress.class, new MacAddress("02:00:0a:01:02:03")),
                Map.entry(Labels.class, Labels.of(Map.of(KEY, "yes"))));
        return Optional.ofNullable(leaves.get(type));
    }

    private Object record(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = of(components[i].getGenericType(), type.getSimpleName() + "." + components[i].getName());
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true); // some are private to what keeps them
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(
                    type.getSimpleName() + " does not take what Filled made: say in Samples what it takes ("
                            + e.getCause() + ")",
                    e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(type + " cannot be made", e);
        }
    }
}
