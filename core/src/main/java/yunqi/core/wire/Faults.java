package yunqi.core.wire;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.lang.invoke.MethodType;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import yunqi.core.base.BadValue;

/** Turns what the JSON library complains about into a {@link BadValue} that a person understands. */
final class Faults {
    private static final int LONGEST = 300; // characters of somebody else's text in ours

    private Faults() {}

    static BadValue badValue(String root, JsonProcessingException fault) {
        Throwable cause = fault.getCause();
        while (cause != null) {
            if (cause instanceof BadValue bad) {
                return bad.field().startsWith("spec") || bad.field().startsWith("labels")
                        ? bad
                        : new BadValue(path(root, fault), message(bad));
            }
            if (cause instanceof JsonParseException bad) {
                return notJson(root, fault, bad);
            }
            cause = cause.getCause();
        }
        return switch (fault) {
            case JsonParseException bad -> notJson(root, bad, bad);
            case UnrecognizedPropertyException unknown ->
                new BadValue(path(root, fault), "is not a field here; known are " + unknown.getKnownPropertyIds());
            case MismatchedInputException wrong -> new BadValue(path(root, fault), mismatch(wrong));
            case StreamConstraintsException _ ->
                new BadValue(
                        path(root, fault),
                        "is not valid JSON for us: nested too deeply, or a number or name of it is too long");
            case InputCoercionException _ ->
                new BadValue(path(root, fault), "is a number outside of what is possible here");
            // What our own records throw has been dealt with above; the rest is of Java's inside.
            default -> new BadValue(path(root, fault), "cannot be what is given: is something in it null?");
        };
    }

    private static BadValue notJson(String root, JsonProcessingException where, JsonParseException bad) {
        return new BadValue(
                path(root, where), "is not valid JSON" + place(bad) + ": " + shorten(bad.getOriginalMessage()));
    }

    /** What is wrong with a value, in words of ours: the library's own name Java classes. */
    private static String mismatch(MismatchedInputException wrong) {
        String original = wrong.getOriginalMessage();
        if (original.startsWith("Null value for creator property") || original.startsWith("Cannot map `null`")) {
            return "is missing";
        }
        if (original.startsWith("Trailing token")) {
            return "is not valid JSON" + place(wrong) + ": something follows after its end";
        }
        String needed = needed(wrong.getTargetType());
        return wrong instanceof InvalidFormatException format
                ? "'" + shorten(String.valueOf(format.getValue())) + "' is not " + needed
                : needed + " is needed here";
    }

    private static String needed(@Nullable Class<?> type) {
        if (type == null) {
            return "another kind of value";
        }
        Class<?> boxed = MethodType.methodType(type).wrap().returnType();
        if (Number.class.isAssignableFrom(boxed)) {
            return boxed == Double.class || boxed == Float.class ? "a number" : "a whole number that fits";
        }
        if (boxed == Boolean.class) {
            return "true or false";
        }
        if (Collection.class.isAssignableFrom(type) || type.isArray()) {
            return "a list";
        }
        if (Map.class.isAssignableFrom(type) || (type.isRecord() && type.getRecordComponents().length != 1)) {
            return "an object";
        }
        return type.isRecord()
                ? "an object or a single value"
                : type == String.class ? "a string" : "a value of this field's form";
    }

    private static String message(BadValue bad) {
        String text = String.valueOf(bad.getMessage());
        return text.startsWith(bad.field() + ": ") ? text.substring(bad.field().length() + 2) : text;
    }

    private static String path(String root, JsonProcessingException fault) {
        StringBuilder path = new StringBuilder(root);
        if (fault instanceof JsonMappingException mapping) {
            for (JsonMappingException.Reference step : mapping.getPath()) {
                if (step.getFieldName() != null) {
                    path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
                } else if (step.getIndex() >= 0) {
                    path.append('[').append(step.getIndex()).append(']');
                }
            }
        }
        return path.isEmpty() ? "body" : path.toString();
    }

    private static String place(JsonProcessingException fault) {
        JsonLocation at = fault.getLocation();
        return at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
    }

    private static String shorten(String text) {
        int line = text.indexOf('\n');
        String first = line < 0 ? text : text.substring(0, line);
        return first.length() <= LONGEST ? first : first.substring(0, LONGEST) + "…";
    }
}
