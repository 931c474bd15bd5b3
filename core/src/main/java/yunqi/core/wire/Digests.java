package yunqi.core.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.instance.InstanceSeen;

/** SHA-256 over the JSON form of a record: two equal records have one digest. */
public final class Digests {
    private Digests() {}

    /** 64 hexadecimal digits. */
    public static String of(Object value) {
        return of(Wire.write(value).getBytes(StandardCharsets.UTF_8));
    }

    /** What {@link Link.Observation#digest} holds: over all that is seen, sorted by instance. */
    public static String ofSeen(Map<UUID, InstanceSeen> seen) {
        return of(new TreeMap<>(seen)
                .entrySet().stream()
                        .map(entry -> new Link.SeenOf(entry.getKey(), entry.getValue()))
                        .toList());
    }

    /** 64 hexadecimal digits. */
    public static String of(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    /** For what is too large to be held. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
