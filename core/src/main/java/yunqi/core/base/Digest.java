package yunqi.core.base;

import java.util.regex.Pattern;

/** A content digest as OCI writes it: {@code sha256:} and 64 hexadecimal digits. */
public record Digest(String value) {
    private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

    public Digest {
        if (!FORM.matcher(value).matches()) {
            throw new BadValue(
                    "digest", "'" + value + "' is not a digest: write it as sha256: and 64 hexadecimal digits");
        }
    }

    /** The 64 hexadecimal digits alone, fit for a file name. */
    public String hex() {
        return value.substring("sha256:".length());
    }

    @Override
    public String toString() {
        return value;
    }
}
