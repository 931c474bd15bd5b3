package yunqi.core.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;
import yunqi.core.base.BadValue;
import yunqi.core.base.Labels;

/** Labels as a plain JSON object. */
final class LabelsJson {
    private LabelsJson() {}

    static final class Writer extends JsonSerializer<Labels> {
        @Override
        public void serialize(Labels labels, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writePOJO(labels.pairs());
        }
    }

    static final class Reader extends JsonDeserializer<Labels> {
        @Override
        public Labels deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            // Through the context: a read of its own would count what follows the labels as trailing tokens.
            JavaType pairs = context.getTypeFactory().constructMapType(LinkedHashMap.class, String.class, String.class);
            LinkedHashMap<String, @Nullable String> read = context.readValue(parser, pairs);
            LinkedHashMap<String, String> given = new LinkedHashMap<>();
            read.forEach((key, value) -> {
                if (value == null) {
                    throw new BadValue("labels." + key, "is null: a label has a value, which may be empty");
                }
                given.put(key, value);
            });
            return Labels.of(given);
        }
    }
}
