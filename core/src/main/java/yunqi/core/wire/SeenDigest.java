package yunqi.core.wire;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import yunqi.core.instance.InstanceSeen;

/**
 * What is seen on a host, kept as what {@link Link.Observation#digest} is computed over, so that a change of one among many instances costs the form of that one: the digest is that of
 * {@link Digests#ofSeen}. Not safe for threads.
 */
public final class SeenDigest {
    private final TreeMap<UUID, byte[]> forms = new TreeMap<>();
    private Optional<String> digest = Optional.empty();

    public void putAll(Map<UUID, InstanceSeen> seen) {
        seen.forEach(
                (id, one) -> forms.put(id, Wire.write(new Link.SeenOf(id, one)).getBytes(StandardCharsets.UTF_8)));
        digest = seen.isEmpty() ? digest : Optional.empty();
    }

    public void remove(UUID id) {
        if (forms.remove(id) != null) {
            digest = Optional.empty();
        }
    }

    public void clear() {
        forms.clear();
        digest = Optional.empty();
    }

    public boolean contains(UUID id) {
        return forms.containsKey(id);
    }

    /** 64 hexadecimal digits. */
    public String digest() {
        String known = digest.orElseGet(this::compute);
        digest = Optional.of(known);
        return known;
    }

    private String compute() {
        MessageDigest sha = Digests.sha256();
        sha.update((byte) '[');
        boolean first = true;
        for (byte[] form : forms.values()) {
            if (!first) {
                sha.update((byte) ',');
            }
            sha.update(form);
            first = false;
        }
        sha.update((byte) ']');
        return HexFormat.of().formatHex(sha.digest());
    }
}
