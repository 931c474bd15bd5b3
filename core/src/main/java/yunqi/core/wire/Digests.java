package yunqi.core.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 over the JSON form of a record: two equal records have one digest. */
public final class Digests {
    private Digests() {}

    /** 64 hexadecimal digits. */
    public static String of(Object value) {
        return of(Wire.write(value).getBytes(StandardCharsets.UTF_8));
    }

    /** 64 hexadecimal digits. */
    public static String of(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
