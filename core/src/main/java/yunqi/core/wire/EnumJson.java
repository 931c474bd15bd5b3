package yunqi.core.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.util.Locale;
import yunqi.core.base.BadValue;

/** Enums in lower case with dashes: {@code ON_FAILURE} is {@code on-failure}. */
final class EnumJson {
    private EnumJson() {}

    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @SuppressWarnings("rawtypes") // Jackson registers a serializer for all enums under the raw class
    static final class Writer extends StdSerializer<Enum> {
        private static final long serialVersionUID = 1L;

        Writer() {
            super(Enum.class);
        }

        @Override
        public void serialize(Enum value, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeString(word(value));
        }
    }

    static final class Modifier extends BeanDeserializerModifier {
        private static final long serialVersionUID = 1L;

        @Override
        public JsonDeserializer<?> modifyEnumDeserializer(
                DeserializationConfig config, JavaType type, BeanDescription bean, JsonDeserializer<?> usual) {
            Object[] values = type.getRawClass().getEnumConstants();
            return new JsonDeserializer<Object>() {
                @Override
                public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
                    String text = String.valueOf(parser.getValueAsString());
                    StringBuilder words = new StringBuilder();
                    for (Object value : values) {
                        String word = word((Enum<?>) value);
                        if (word.equals(text)) {
                            return value;
                        }
                        words.append(words.isEmpty() ? "" : ", ").append(word);
                    }
                    throw JsonMappingException.from(
                            parser,
                            "unknown word",
                            new BadValue("word", "'" + text + "' is not known here: use one of " + words));
                }
            };
        }
    }
}
