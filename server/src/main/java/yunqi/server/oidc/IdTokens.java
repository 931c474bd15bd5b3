package yunqi.server.oidc;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.EncryptedJWT;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import yunqi.core.base.EngineException;
import yunqi.core.wire.Wire;
import yunqi.server.http.Refused;

/**
 * Checks ID tokens (OpenID Connect Core 1.0, 3.1.3.7). Each check that fails is named in the refusal: nothing in a token's form is secret from the person whom it is about, but what it
 * holds is not repeated.
 */
final class IdTokens {
    /** Clocks differ by this much. */
    static final Duration SKEW = Duration.ofSeconds(60);

    /** A token comes to us straight after it was made. An older one was meant for another moment. */
    static final Duration OLDEST = Duration.ofMinutes(10);

    private static final int LIMIT = 64 << 10; // characters; with hundreds of groups in it
    private static final int RSA_BITS = 2048; // RFC 7518, 3.3
    private static final int SUBJECT_LIMIT = 255; // OpenID Connect Core 1.0, 2

    /** Signatures by a private key alone. With a shared secret (HS256) the public key could be passed off as one; with none, anything could. */
    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.PS384,
            JWSAlgorithm.PS512,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384,
            JWSAlgorithm.ES512);

    private IdTokens() {}

    /** What a token must say. The nonce is ours, if we sent one; the access token is the one that came beside it. */
    record Expected(
            String issuer, String clientId, Optional<String> nonce, Optional<String> accessToken, Instant now) {}

    /** The provider's keys; as they are now if {@code again}. */
    @FunctionalInterface
    interface Keys {
        JWKSet get(boolean again) throws EngineException, InterruptedException;
    }

    /** The claims of a token that passes every check. Throws {@link Refused} naming the one that it does not. */
    static JsonNode check(String text, Expected expected, Keys keys) throws EngineException, InterruptedException {
        SignedJWT token = signed(text);
        JWSHeader header = token.getHeader();
        if (!ALGORITHMS.contains(header.getAlgorithm())) {
            throw refused("it is not signed by an algorithm that is taken here (alg)");
        }
        if (header.getCriticalParams() != null && !header.getCriticalParams().isEmpty()) {
            throw refused("it wants something understood that is not known here (crit)");
        }
        Optional<JWK> known = key(header, keys.get(false));
        JWK key = (known.isPresent() ? known : key(header, keys.get(true)))
                .orElseThrow(() -> refused("it is signed by a key that is not the provider's (kid)"));
        if (!right(token, key)) {
            throw refused("its signature is not right");
        }
        JsonNode claims = claims(token);
        who(claims, expected);
        when(claims, expected.now());
        what(claims, expected, header.getAlgorithm());
        return claims;
    }

    private static SignedJWT signed(String text) {
        if (text.length() > LIMIT) {
            throw refused("it is longer than " + LIMIT + " characters");
        }
        try {
            JWT token = JWTParser.parse(text);
            return switch (token) {
                case SignedJWT signed -> signed;
                case PlainJWT _ -> throw refused("it is not signed (alg none)");
                case EncryptedJWT _ -> throw refused("it is encrypted, which is not understood here");
                default -> throw refused("it is of no known form");
            };
        } catch (ParseException e) {
            throw refused("it has not the form of one");
        }
    }

    /** The key that the token names; the only one that fits if it names none. */
    private static Optional<JWK> key(JWSHeader header, JWKSet keys) {
        List<JWK> fitting = keys.getKeys().stream()
                .filter(key -> fits(key, header.getAlgorithm()))
                .filter(key -> header.getKeyID() == null || header.getKeyID().equals(key.getKeyID()))
                .toList();
        return fitting.size() == 1 ? Optional.of(fitting.getFirst()) : Optional.empty();
    }

    private static boolean fits(JWK key, JWSAlgorithm algorithm) {
        boolean type = JWSAlgorithm.Family.RSA.contains(algorithm)
                ? key instanceof RSAKey rsa && rsa.size() >= RSA_BITS
                : key instanceof ECKey ec && curve(ec).equals(Optional.of(algorithm));
        return type
                && (key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE))
                && (key.getAlgorithm() == null || key.getAlgorithm().equals(algorithm));
    }

    private static Optional<JWSAlgorithm> curve(ECKey key) {
        return switch (key.getCurve().getName()) {
            case "P-256" -> Optional.of(JWSAlgorithm.ES256);
            case "P-384" -> Optional.of(JWSAlgorithm.ES384);
            case "P-521" -> Optional.of(JWSAlgorithm.ES512);
            default -> Optional.empty();
        };
    }

    private static boolean right(SignedJWT token, JWK key) {
        try {
            JWSVerifier verifier = switch (key) {
                case RSAKey rsa -> new RSASSAVerifier(rsa.toRSAPublicKey());
                case ECKey ec -> new ECDSAVerifier(ec.toECPublicKey());
                default -> throw new IllegalStateException("a key of another type was let through");
            };
            return token.verify(verifier);
        } catch (JOSEException e) {
            return false; // its bytes cannot be a signature by this key
        }
    }

    private static JsonNode claims(SignedJWT token) {
        try {
            JsonNode claims = Wire.lenient().readTree(token.getPayload().toString());
            if (claims != null && claims.isObject()) {
                return claims;
            }
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw refused("what it holds is not JSON");
        }
        throw refused("what it holds is no JSON object");
    }

    private static void who(JsonNode claims, Expected expected) {
        if (!claims.path("iss").asText("").equals(expected.issuer())) {
            throw refused("it is from another issuer (iss)");
        }
        JsonNode audience = claims.path("aud");
        List<String> audiences = audience.isArray()
                ? audience.valueStream().map(one -> one.asText("")).toList()
                : List.of(audience.asText(""));
        if (!audiences.contains(expected.clientId())) {
            throw refused("it is for another audience (aud)");
        }
        String party = claims.path("azp").asText("");
        if (audiences.size() > 1
                ? !party.equals(expected.clientId())
                : !List.of("", expected.clientId()).contains(party)) {
            throw refused("it was made for another client (azp)");
        }
        String subject = claims.path("sub").isTextual() ? claims.path("sub").asText() : "";
        if (subject.isEmpty() || subject.length() > SUBJECT_LIMIT) {
            throw refused("it does not say whom it is about (sub)");
        }
    }

    private static void when(JsonNode claims, Instant now) {
        if (!time(claims, "exp")
                .orElseThrow(() -> refused("it does not say until when it is good (exp)"))
                .plus(SKEW)
                .isAfter(now)) {
            throw refused("it has expired (exp)");
        }
        Instant made = time(claims, "iat").orElseThrow(() -> refused("it does not say when it was made (iat)"));
        if (made.isAfter(now.plus(SKEW))) {
            throw refused("it is from the future (iat); do the clocks agree?");
        }
        if (made.plus(OLDEST).plus(SKEW).isBefore(now)) {
            throw refused("it was made too long ago (iat); do the clocks agree?");
        }
        if (time(claims, "nbf").filter(from -> from.isAfter(now.plus(SKEW))).isPresent()) {
            throw refused("it is not good yet (nbf)");
        }
    }

    private static Optional<Instant> time(JsonNode claims, String name) {
        JsonNode seconds = claims.path(name);
        boolean possible = seconds.isNumber() && Math.abs(seconds.asDouble()) < 1e11; // some thousand years
        return possible ? Optional.of(Instant.ofEpochSecond(seconds.asLong())) : Optional.empty();
    }

    private static void what(JsonNode claims, Expected expected, JWSAlgorithm algorithm) {
        if (expected.nonce().isPresent()
                && !same(expected.nonce().get(), claims.path("nonce").asText(""))) {
            throw refused("it was not made for this sign-in (nonce)");
        }
        String hash = claims.path("at_hash").asText("");
        if (!hash.isEmpty()
                && !expected.accessToken()
                        .filter(token -> same(half(token, algorithm), hash))
                        .isPresent()) {
            throw refused("it does not belong to the access token beside it (at_hash)");
        }
    }

    /** The left half of the access token's hash, by the algorithm whose number the signature's name ends with. */
    static String half(String accessToken, JWSAlgorithm algorithm) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-" + algorithm.getName().substring(2))
                    .digest(accessToken.getBytes(StandardCharsets.US_ASCII));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, hash.length / 2));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-2", e);
        }
    }

    static boolean same(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }

    private static Refused refused(String check) {
        return new Refused(
                403,
                "sso-refused",
                "the provider's ID token is refused: " + check,
                "try again; if it stays, tell an operator");
    }
}
