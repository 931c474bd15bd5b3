package yunqi.server.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import yunqi.server.http.Refused;

/** Each check of an ID token, by a token that fails it and no other; signed by keys of this test. */
class IdTokensTest {
    private static final String ISSUER = "https://id.example.org";
    private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
    private static final RSAKey RSA = rsa("one");
    private static final ECKey EC = ec(Curve.P_256, "two");
    private static final IdTokens.Expected EXPECTED =
            new IdTokens.Expected(ISSUER, "cloud", Optional.of("nonce-1"), Optional.of("access-1"), NOW);

    private final List<Boolean> asked = new ArrayList<>();
    private JWKSet published = new JWKSet(List.of(RSA.toPublicJWK(), EC.toPublicJWK()));

    private static RSAKey rsa(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).generate();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    private static ECKey ec(Curve curve, String id) {
        try {
            return new ECKeyGenerator(curve).keyID(id).generate();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    private static JWTClaimsSet.Builder good() {
        return new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience("cloud")
                .subject("account-1")
                .issueTime(Date.from(NOW))
                .expirationTime(Date.from(NOW.plusSeconds(300)))
                .claim("nonce", "nonce-1")
                .claim("at_hash", IdTokens.half("access-1", JWSAlgorithm.RS256));
    }

    private static String signed(JWTClaimsSet.Builder claims) throws Exception {
        return signed(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build(), claims, new RSASSASigner(RSA));
    }

    private static String signed(JWSHeader header, JWTClaimsSet.Builder claims, JWSSigner signer) throws Exception {
        SignedJWT token = new SignedJWT(header, claims.build());
        token.sign(signer);
        return token.serialize();
    }

    private JsonNode check(String token, IdTokens.Expected expected) throws Exception {
        return IdTokens.check(token, expected, again -> {
            asked.add(again);
            return published;
        });
    }

    private void refused(String token, String why) {
        assertThatThrownBy(() -> check(token, EXPECTED)).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo("sso-refused");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.detail()).contains(why).doesNotContain("account-1", "nonce-1", "access-1");
        });
    }

    @Test
    void aGoodTokenIsTaken() throws Exception {
        assertThat(check(signed(good()), EXPECTED).path("sub").asText()).isEqualTo("account-1");
        assertThat(asked).containsExactly(false);
        JWSHeader header =
                new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("two").build();
        check(signed(header, good(), new ECDSASigner(EC)), EXPECTED);
        JWSHeader unnamed = new JWSHeader.Builder(JWSAlgorithm.ES256).build();
        check(signed(unnamed, good(), new ECDSASigner(EC)), EXPECTED); // the only key that fits
        check(signed(good().audience(List.of("cloud", "other")).claim("azp", "cloud")), EXPECTED);
        check(signed(good().claim("at_hash", null)), EXPECTED); // may be left out where a code was exchanged
        check(
                signed(good().claim("nonce", null)),
                new IdTokens.Expected(ISSUER, "cloud", Optional.empty(), Optional.of("access-1"), NOW));
    }

    @Test
    void everyAlgorithmThatIsAllowedWorks() throws Exception {
        for (JWSAlgorithm algorithm : List.of(
                JWSAlgorithm.RS256,
                JWSAlgorithm.RS384,
                JWSAlgorithm.RS512,
                JWSAlgorithm.PS256,
                JWSAlgorithm.PS384,
                JWSAlgorithm.PS512)) {
            JWTClaimsSet.Builder claims = good().claim("at_hash", IdTokens.half("access-1", algorithm));
            JWSHeader header = new JWSHeader.Builder(algorithm).keyID("one").build();
            check(signed(header, claims, new RSASSASigner(RSA)), EXPECTED);
        }
        for (Curve curve : List.of(Curve.P_384, Curve.P_521)) {
            ECKey key = ec(curve, "large");
            published = new JWKSet(key.toPublicJWK());
            JWSAlgorithm algorithm = curve.equals(Curve.P_384) ? JWSAlgorithm.ES384 : JWSAlgorithm.ES512;
            JWTClaimsSet.Builder claims = good().claim("at_hash", IdTokens.half("access-1", algorithm));
            JWSHeader header = new JWSHeader.Builder(algorithm).keyID("large").build();
            check(signed(header, claims, new ECDSASigner(key)), EXPECTED);
        }
    }

    @Test
    void whatSaysSomethingElseIsRefused() throws Exception {
        refused(signed(good().issuer("https://other.example.org")), "another issuer (iss)");
        refused(signed(good().issuer(ISSUER + "/")), "another issuer (iss)");
        refused(signed(good().issuer(null)), "another issuer (iss)");
        refused(signed(good().audience("other")), "another audience (aud)");
        refused(signed(good().audience((String) null)), "another audience (aud)");
        refused(signed(good().audience(List.of("cloud", "other"))), "another client (azp)");
        refused(signed(good().claim("azp", "other")), "another client (azp)");
        refused(signed(good().subject(null)), "whom it is about (sub)");
        refused(signed(good().subject("s".repeat(256))), "whom it is about (sub)");
        refused(signed(good().claim("nonce", "nonce-2")), "this sign-in (nonce)");
        refused(signed(good().claim("nonce", null)), "this sign-in (nonce)");
        refused(
                signed(good().claim("at_hash", IdTokens.half("access-2", JWSAlgorithm.RS256))),
                "the access token beside it (at_hash)");
    }

    @Test
    void whatIsOfAnotherTimeIsRefused() throws Exception {
        check(signed(good().expirationTime(Date.from(NOW.minusSeconds(59)))), EXPECTED); // clocks differ
        refused(signed(good().expirationTime(Date.from(NOW.minusSeconds(60)))), "expired (exp)");
        refused(signed(good().expirationTime(null)), "until when it is good (exp)");
        refused(signed(good().claim("exp", "soon")), "until when it is good (exp)");
        refused(signed(good().claim("exp", 1e300)), "until when it is good (exp)");
        check(signed(good().issueTime(Date.from(NOW.plusSeconds(60)))), EXPECTED);
        refused(signed(good().issueTime(Date.from(NOW.plusSeconds(61)))), "from the future (iat)");
        refused(signed(good().issueTime(Date.from(NOW.minusSeconds(661)))), "too long ago (iat)");
        refused(signed(good().issueTime(null)), "when it was made (iat)");
        check(signed(good().notBeforeTime(Date.from(NOW.plusSeconds(60)))), EXPECTED);
        refused(signed(good().notBeforeTime(Date.from(NOW.plusSeconds(61)))), "not good yet (nbf)");
    }

    @Test
    void whatIsNotSignedAsItMustIsRefused() throws Exception {
        refused(new PlainJWT(good().build()).serialize(), "not signed (alg none)");
        // The published key as a shared secret: what takes any algorithm takes this for the provider's.
        for (byte[] secret : List.of(
                RSA.toRSAPublicKey().getEncoded(),
                RSA.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8))) {
            JWSHeader hmac =
                    new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("one").build();
            refused(signed(hmac, good(), new MACSigner(secret)), "not signed by an algorithm that is taken here (alg)");
        }
        JWSHeader critical = new JWSHeader.Builder(JWSAlgorithm.RS256)
                .keyID("one")
                .criticalParams(Set.of("exp"))
                .customParam("exp", 1)
                .build();
        refused(signed(critical, good(), new RSASSASigner(RSA)), "(crit)");
        for (String nonsense : List.of("", ".", "..", "a.b.c", "e30.e30.", "e30", "x".repeat(100_000))) {
            assertThatThrownBy(() -> check(nonsense, EXPECTED))
                    .as(nonsense.substring(0, Math.min(10, nonsense.length())))
                    .isInstanceOf(Refused.class);
        }
    }

    @Test
    void keysOfOthersAreRefused() throws Exception {
        RSAKey stranger = rsa("one"); // says that it is the provider's
        JWSHeader named = new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("one").build();
        refused(signed(named, good(), new RSASSASigner(stranger)), "its signature is not right");
        JWSHeader unknown =
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("three").build();
        asked.clear();
        refused(signed(unknown, good(), new RSASSASigner(stranger)), "not the provider's (kid)");
        assertThat(asked).containsExactly(false, true); // it might be new
        // A key that comes with the token proves nothing.
        JWSHeader bringing = new JWSHeader.Builder(JWSAlgorithm.RS256)
                .jwk(stranger.toPublicJWK())
                .build();
        refused(signed(bringing, good(), new RSASSASigner(stranger)), "its signature is not right");
        // A key for something else, a weak one, and one of two that could be meant.
        JWK encrypting =
                new RSAKey.Builder(RSA).keyUse(KeyUse.ENCRYPTION).build().toPublicJWK();
        published = new JWKSet(encrypting);
        refused(signed(good()), "not the provider's (kid)");
        published = new JWKSet(
                new RSAKey.Builder(RSA).algorithm(JWSAlgorithm.PS256).build().toPublicJWK());
        refused(signed(good()), "not the provider's (kid)");
        published = new JWKSet(List.of(RSA.toPublicJWK(), rsa("four").toPublicJWK()));
        JWSHeader unnamed = new JWSHeader.Builder(JWSAlgorithm.RS256).build();
        refused(signed(unnamed, good(), new RSASSASigner(RSA)), "not the provider's (kid)");
        published = new JWKSet(
                new RSAKeyGenerator(1024, true).keyID("one").generate().toPublicJWK());
        refused(signed(good()), "not the provider's (kid)");
    }

    /** Whatever is changed in a token, it is refused. */
    @Test
    void aChangedTokenIsRefused() throws Exception {
        String token = signed(good());
        Random random = new Random(11);
        String letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
        for (int i = 0; i < 300; i++) {
            StringBuilder changed = new StringBuilder(token);
            int at = random.nextInt(token.length());
            changed.setCharAt(at, letters.charAt(random.nextInt(letters.length())));
            if (!same(changed.toString(), token)) {
                assertThatThrownBy(() -> check(changed.toString(), EXPECTED))
                        .as("seed 11, change %s", i)
                        .isInstanceOf(Refused.class);
            }
        }
    }

    /** Base64 has bits at its ends that say nothing. */
    private static boolean same(String one, String other) {
        String[] ones = one.split("\\.", -1);
        String[] others = other.split("\\.", -1);
        if (ones.length != others.length) {
            return false;
        }
        for (int i = 0; i < ones.length; i++) {
            try {
                byte[] left = Base64.getUrlDecoder().decode(ones[i]);
                byte[] right = Base64.getUrlDecoder().decode(others[i]);
                // What is signed are the letters, not what they mean; only the signature may differ so.
                if (i < 2 ? !ones[i].equals(others[i]) : !java.util.Arrays.equals(left, right)) {
                    return false;
                }
            } catch (IllegalArgumentException e) {
                return false;
            }
        }
        return true;
    }
}
