package yunqi.server.oidc;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.jwk.JWKSet;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.drivers.web.WebCall;

/**
 * Speaks with one provider. What it says of itself and its keys are kept for a while; keys are asked for again when a token names one that is not known, but not more often than
 * its limit, so that nobody can use us to flood it. Safe for use by many threads.
 */
final class ProviderLine {
    /** What was kept longer is asked for again. */
    static final Duration KEPT = Duration.ofHours(1);

    /** Keys are asked for no more often than this, whatever keys tokens name. */
    static final Duration KEYS_AGAIN = Duration.ofSeconds(30);

    private static final int SLOTS = 8; // calls at once: providers limit what comes from one address
    private static final int CERTIFICATES = 20;

    private final OidcTable.Kept kept;
    private final Optional<String> secret;
    private final Clock clock;
    private final WebCall web;
    private final Semaphore slots = new Semaphore(SLOTS);
    private final Cached<Discovery> discovery = new Cached<>();
    private final Cached<JWKSet> keys = new Cached<>();

    /** Something that was asked for, and when. */
    private static final class Cached<T> {
        private Optional<T> value = Optional.empty();
        private Instant asked = Instant.MIN;

        boolean younger(Duration age, Instant now) {
            return asked.isAfter(now.minus(age));
        }
    }

    /** What a provider answers to a form: its status, and a JSON object. */
    record Said(int status, JsonNode body) {
        boolean good() {
            return status == 200;
        }

        /** Why not, as one of the words that are defined for it; empty if it says something else. */
        String error() {
            String word = body.path("error").asText("");
            return word.matches("[a-z_]{1,40}") ? word : "";
        }

        /** What is said may be a secret. */
        @Override
        public String toString() {
            return "Said[" + status + "]";
        }
    }

    /** Throws {@link IllegalArgumentException} if its authority's certificate is none. */
    ProviderLine(OidcTable.Kept kept, Optional<String> secret, Clock clock) {
        this.kept = kept;
        this.secret = secret;
        this.clock = clock;
        this.web = new WebCall(kept.place().reachable(), kept.ca().map(ProviderLine::trusting));
    }

    OidcTable.Kept kept() {
        return kept;
    }

    Discovery discovery() throws EngineException, InterruptedException {
        synchronized (discovery) {
            if (discovery.value.isEmpty() || !discovery.younger(KEPT, clock.now())) {
                discovery.value = Optional.of(Discovery.read(kept.issuer(), got(Discovery.address(kept.issuer()))));
                discovery.asked = clock.now();
            }
            return discovery.value.get();
        }
    }

    /** Its keys; as they are now if {@code again}, unless they were asked for a moment ago. */
    JWKSet keys(boolean again) throws EngineException, InterruptedException {
        URI at = discovery().keys();
        synchronized (keys) {
            Duration age = again ? KEYS_AGAIN : KEPT;
            if (keys.value.isEmpty() || !keys.younger(age, clock.now())) {
                JWKSet fresh = parse(got(at));
                keys.value = Optional.of(fresh);
                keys.asked = clock.now();
            }
            return keys.value.get();
        }
    }

    private static JWKSet parse(String text) throws EngineException {
        try {
            return JWKSet.parse(text);
        } catch (ParseException e) {
            throw new EngineException(EngineException.Kind.REFUSED, "the provider's keys cannot be read", e);
        }
    }

    /** Sends a form to the token or device endpoint, as the client that we are there. */
    Said post(URI at, SortedMap<String, String> form) throws EngineException, InterruptedException {
        SortedMap<String, String> all = new TreeMap<>(form);
        String authorization = "";
        if (secret.isPresent() && discovery().basic()) {
            String pair = form(kept.clientId()) + ":" + form(secret.get());
            authorization = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
        } else {
            all.put("client_id", kept.clientId());
            secret.ifPresent(value -> all.put("client_secret", value));
        }
        String header = authorization;
        WebCall.Answer answer = bounded(() -> web.post(at, header, all));
        return new Said(answer.status(), usable(answer, at));
    }

    /** What it knows of the person whose access token this is. */
    JsonNode userinfo(URI at, String accessToken) throws EngineException, InterruptedException {
        WebCall.Answer answer = bounded(() -> web.get(at, "Bearer " + accessToken));
        if (answer.status() != 200) {
            throw complaint(at, answer.status());
        }
        return Discovery.json(answer.text());
    }

    private String got(URI at) throws EngineException, InterruptedException {
        WebCall.Answer answer = bounded(() -> web.get(at, ""));
        if (answer.status() != 200) {
            throw complaint(at, answer.status());
        }
        return answer.text();
    }

    private static JsonNode usable(WebCall.Answer answer, URI at) throws EngineException {
        if (answer.status() != 200 && answer.status() != 400 && answer.status() != 401) {
            throw complaint(at, answer.status());
        }
        return Discovery.json(answer.text());
    }

    private static EngineException complaint(URI at, int status) {
        boolean passing = status >= 500 || status == 429;
        return new EngineException(
                passing ? EngineException.Kind.UNAVAILABLE : EngineException.Kind.REFUSED,
                at.getHost() + " answers " + at.getPath() + " with status " + status);
    }

    private interface Asked {
        WebCall.Answer answer() throws EngineException;
    }

    private WebCall.Answer bounded(Asked asked) throws EngineException, InterruptedException {
        if (!slots.tryAcquire(WebCall.LONGEST.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new EngineException(EngineException.Kind.BUSY, "too many are signing in at once");
        }
        try {
            return asked.answer();
        } finally {
            slots.release();
        }
    }

    private static String form(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** True if this is the certificate of an authority, or of some. */
    static boolean trustable(String pem) {
        try {
            trusting(pem);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** TLS that trusts these authorities alone. */
    private static SSLSocketFactory trusting(String pem) {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            for (Certificate certificate : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)))) {
                trusted.setCertificateEntry("authority-" + trusted.size(), certificate);
            }
            if (trusted.size() == 0 || trusted.size() > CERTIFICATES) {
                throw new IllegalArgumentException("holds no certificate, or more than " + CERTIFICATES);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("is not a certificate (PEM)", e);
        }
    }
}
