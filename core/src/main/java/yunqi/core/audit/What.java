package yunqi.core.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * What was asked: the method and the route, and the thing it is about. {@code project} is there if the thing belongs to one. Of what the caller wrote
 * only names are kept, as anything else might be a secret in the wrong place.
 */
public record What(String method, String route, Optional<String> project, String kind, String name) {
    /** Stands for what cannot be a name. */
    public static final String NO_NAME = "(no name)";

    // No token of ours can pass for one: they have an underscore, or 64 digits.
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final String PROJECT = "project";
    private static final String PROJECTS = "projects";

    /**
     * By the route's path and the values of its parameters: the kind is the folder before the last parameter, the name all parameters but the project, with slashes
     * between them. A route without parameters is about what it is called itself.
     */
    public static What of(String method, String route, UnaryOperator<String> parameter) {
        Optional<String> project = Optional.empty();
        List<String> names = new ArrayList<>();
        String kind = "";
        String folder = "";
        for (String part : route.split("/", -1)) {
            if (!part.startsWith("{")) {
                folder = part;
                continue;
            }
            String key = part.substring(1, part.length() - 1);
            String value = name(parameter.apply(key));
            if (key.equals(PROJECT) || folder.equals(PROJECTS)) {
                project = Optional.of(value);
            }
            if (!key.equals(PROJECT)) {
                names.add(value);
                kind = folder;
            }
        }
        return new What(method, route, project, singular(kind.isEmpty() ? folder : kind), String.join("/", names));
    }

    /** The same about a thing that the path doesn't name, or not wholly: a name, or some with slashes between them. */
    public What about(String other) {
        List<String> names = Arrays.stream(other.split("/", -1)).map(What::name).toList();
        return new What(method, route, project, kind, String.join("/", names));
    }

    /** The value if it is a name, else a word that says that it was none. */
    public static String name(String value) {
        return NAME.matcher(value).matches() ? value : NO_NAME;
    }

    private static String singular(String folder) {
        return folder.endsWith("s") ? folder.substring(0, folder.length() - 1) : folder;
    }
}
