package yunqi.core.base;

import java.util.regex.Pattern;

/** A name as DNS takes it (RFC 1123 label): 1 to 63 of {@code a-z 0-9 -}, beginning and ending with a letter or digit. */
public record Name(String value) implements Comparable<Name> {
    public static final int LIMIT = 63; // a DNS label; names of instances are DNS names
    private static final Pattern FORM = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    public Name {
        if (!FORM.matcher(value).matches()) {
            throw new BadValue(
                    "name",
                    "'" + shorten(value)
                            + "' is not a name: use 1 to 63 of a-z, 0-9 and '-', beginning and ending with a"
                            + " letter or digit");
        }
    }

    private static String shorten(String value) {
        return value.length() <= LIMIT ? value : value.substring(0, LIMIT) + "…";
    }

    @Override
    public int compareTo(Name other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
