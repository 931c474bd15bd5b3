package yunqi.core.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import yunqi.core.base.BadValue;
import yunqi.core.base.Bytes;
import yunqi.core.base.Cidr;
import yunqi.core.base.Digest;
import yunqi.core.base.IpAddress;
import yunqi.core.base.Labels;
import yunqi.core.base.MacAddress;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.instance.InstanceId;
import yunqi.core.network.NetworkId;
import yunqi.core.network.PortId;

/**
 * The JSON form of every record: fields by their component names, names and addresses and sizes as strings, enums in lower case with dashes,
 * times as ISO 8601, empty optionals left out. Reading refuses unknown fields and missing ones that are not optional (with {@link BadValue} naming the field), so that a
 * misspelt option is never silently ignored; what hosts and older versions wrote is read with {@link #lenient}.
 */
public final class Wire {
    private static final int NESTING_LIMIT = 32; // our deepest document has 6 levels
    private static final JsonMapper STRICT = mapper(true);
    private static final JsonMapper LENIENT = mapper(false);

    private Wire() {}

    /** The mapper that refuses unknown fields. For embedding in an HTTP library; prefer {@link #read} and {@link #write}. */
    public static ObjectMapper strict() {
        return STRICT;
    }

    /** The mapper that ignores unknown fields: for what a newer or older version of ours wrote. */
    public static ObjectMapper lenient() {
        return LENIENT;
    }

    public static String write(Object value) {
        try {
            return STRICT.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a " + value.getClass().getName() + " has no JSON form", e);
        }
    }

    public static JsonNode tree(Object value) {
        return STRICT.valueToTree(value);
    }

    /** Reads what a user wrote. Throws {@link BadValue} with the path of the field at fault below {@code root}. */
    public static <T> T read(String root, String json, Class<T> type) {
        try {
            return there(root, STRICT.readValue(json, type));
        } catch (JsonProcessingException e) {
            throw Faults.badValue(root, e);
        }
    }

    /** Reads what a user wrote, already parsed. Throws {@link BadValue} with the path of the field at fault below {@code root}. */
    public static <T> T read(String root, JsonNode tree, Class<T> type) {
        try {
            return there(root, STRICT.treeToValue(tree, type));
        } catch (JsonProcessingException e) {
            throw Faults.badValue(root, e);
        }
    }

    /** {@code null} is JSON, too. */
    private static <T> T there(String root, @Nullable T value) {
        if (value == null) {
            throw new BadValue(root.isEmpty() ? "body" : root, "is null: an object is needed here");
        }
        return value;
    }

    /** Reads what we wrote ourselves; it is a bug if that fails. */
    public static <T> T stored(String json, Class<T> type) {
        try {
            return LENIENT.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("stored JSON is not a " + type.getSimpleName(), e);
        }
    }

    private static JsonMapper mapper(boolean strict) {
        return JsonMapper.builder(com.fasterxml.jackson.core.JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(NESTING_LIMIT)
                                .build())
                        .build())
                .addModule(new Jdk8Module())
                .addModule(new JavaTimeModule())
                .addModule(words())
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, strict)
                .configure(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES, strict)
                .configure(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES, strict)
                .configure(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, true)
                .configure(DeserializationFeature.ACCEPT_FLOAT_AS_INT, false)
                .configure(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS, false)
                .configure(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS, false)
                .configure(SerializationFeature.FAIL_ON_EMPTY_BEANS, false)
                .configure(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY, false)
                .configure(MapperFeature.AUTO_DETECT_IS_GETTERS, false)
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_ABSENT, JsonInclude.Include.NON_ABSENT))
                .build();
    }

    private static SimpleModule words() {
        SimpleModule module = new SimpleModule("yunqi");
        text(module, Name.class, Name::new);
        text(module, Bytes.class, Bytes::parse);
        text(module, Cidr.class, Cidr::parse);
        text(module, IpAddress.class, IpAddress::parse);
        text(module, MacAddress.class, MacAddress::new);
        text(module, Digest.class, Digest::new);
        text(module, HostId.class, s -> new HostId(UUID.fromString(s)));
        text(module, InstanceId.class, s -> new InstanceId(UUID.fromString(s)));
        text(module, NetworkId.class, s -> new NetworkId(UUID.fromString(s)));
        text(module, PortId.class, s -> new PortId(UUID.fromString(s)));
        module.addSerializer(Labels.class, new LabelsJson.Writer());
        module.addDeserializer(Labels.class, new LabelsJson.Reader());
        module.setDeserializerModifier(new EnumJson.Modifier());
        module.addSerializer(Enum.class, new EnumJson.Writer());
        return module;
    }

    private static <T> void text(SimpleModule module, Class<T> type, Function<String, T> parse) {
        module.addSerializer(type, ToStringSerializer.instance);
        module.addDeserializer(type, new JsonDeserializer<T>() {
            @Override
            public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
                String text = parser.getValueAsString();
                if (text == null) {
                    throw context.wrongTokenException(parser, type, parser.currentToken(), "a string is needed");
                }
                try {
                    return parse.apply(text);
                } catch (IllegalArgumentException e) {
                    // With its cause, in which Faults finds what to say; the library's own words name Java classes.
                    BadValue bad = e instanceof BadValue told
                            ? told
                            : new BadValue("value", "'" + text + "' cannot be read: " + e.getMessage());
                    throw JsonMappingException.from(parser, String.valueOf(e.getMessage()), bad);
                }
            }
        });
    }
}
