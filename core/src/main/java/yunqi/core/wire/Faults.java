package yunqi.core.wire;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import yunqi.core.base.BadValue;

/** Turns what the JSON library complains about into a {@link BadValue} that a person understands. */
final class Faults {
    private Faults() {}

    static BadValue badValue(String root, JsonProcessingException fault) {
        Throwable cause = fault.getCause();
        while (cause != null) {
            if (cause instanceof BadValue bad) {
                return bad.field().startsWith("spec") || bad.field().startsWith("labels")
                        ? bad
                        : new BadValue(path(root, fault), message(bad));
            }
            cause = cause.getCause();
        }
        return switch (fault) {
            case UnrecognizedPropertyException unknown ->
                new BadValue(path(root, fault), "is not a field here; known are " + unknown.getKnownPropertyIds());
            case InvalidFormatException wrong -> new BadValue(path(root, fault), shorten(wrong.getOriginalMessage()));
            case MismatchedInputException wrong ->
                new BadValue(
                        path(root, fault),
                        wrong.getOriginalMessage().startsWith("Null value for creator property")
                                        || wrong.getOriginalMessage().startsWith("Cannot map `null`")
                                ? "is missing"
                                : shorten(wrong.getOriginalMessage()));
            default ->
                new BadValue(
                        path(root, fault),
                        "is not valid JSON" + place(fault) + ": " + shorten(fault.getOriginalMessage()));
        };
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
        return path.toString();
    }

    private static String place(JsonProcessingException fault) {
        JsonLocation at = fault.getLocation();
        return at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
    }

    private static String shorten(String text) {
        int line = text.indexOf('\n');
        String first = line < 0 ? text : text.substring(0, line);
        return first.length() <= 300 ? first : first.substring(0, 300) + "…";
    }
}
