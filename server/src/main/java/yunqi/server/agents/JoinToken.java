package yunqi.server.agents;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import yunqi.core.base.Name;
import yunqi.core.wire.Digests;

/**
 * What a row of kind {@code token} holds as desired: the right of whoever knows the secret to do one thing once ({@code purpose}), until it expires. The
 * secret itself is kept nowhere.
 */
public record JoinToken(String hash, String purpose, Instant expires) {
    private static final int NAME_DIGITS = 32; // of 64: no two tokens ever share 128 bits

    /** The kind of its row, which belongs to no project. */
    public static final String KIND = "token";

    /** The purpose of a token that lets one host join. */
    public static final String JOIN = "join";

    /** The name of its row: as good as random, and found from the secret. */
    public static Name name(String secret) {
        return new Name("token-" + hash(secret).substring(0, NAME_DIGITS));
    }

    /** What is kept of a secret. Secrets are 256 random bits, so one round of SHA-256 is enough. */
    public static String hash(String secret) {
        return Digests.of(secret.getBytes(StandardCharsets.UTF_8));
    }
}
