package yunqi.core.base;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Labels of a thing: at most 32 pairs, sorted by key. Keys are {@code a-z 0-9 . / _ -}, values the same and upper case, both up to 63 long. */
public record Labels(SortedMap<String, String> pairs) {
    public static final Labels NONE = new Labels(new TreeMap<>());
    public static final int LIMIT = 32; // enough to describe a thing; an index row stays small
    private static final Pattern KEY = Pattern.compile("[a-z0-9]([a-z0-9._/-]{0,61}[a-z0-9])?");
    private static final Pattern VALUE = Pattern.compile("[A-Za-z0-9._/-]{0,63}");

    public Labels {
        if (pairs.size() > LIMIT) {
            throw new BadValue("labels", pairs.size() + " labels: at most " + LIMIT);
        }
        pairs.forEach((key, value) -> {
            if (!KEY.matcher(key).matches() || !VALUE.matcher(value).matches()) {
                throw new BadValue(
                        "labels." + key,
                        "'" + key + "=" + value
                                + "' is not a label: keys use a-z 0-9 . _ / -, values also A-Z, up to 63 each");
            }
        });
        pairs = Collections.unmodifiableSortedMap(new TreeMap<>(pairs));
    }

    public static Labels of(Map<String, String> pairs) {
        return new Labels(new TreeMap<>(pairs));
    }

    /** True if every pair of the selector is here. */
    public boolean match(Labels selector) {
        return selector.pairs.isEmpty() || pairs.entrySet().containsAll(selector.pairs.entrySet());
    }
}
