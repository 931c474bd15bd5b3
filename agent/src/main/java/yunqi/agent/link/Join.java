package yunqi.agent.link;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import yunqi.core.base.EngineException;
import yunqi.core.base.Name;
import yunqi.core.wire.Api;
import yunqi.core.wire.Link;
import yunqi.core.wire.Wire;

/** Joins a site: a one-time token buys this host its certificate. */
public final class Join {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(30);

    private Join() {}

    /** What a host needs to join: the API's address, the token, and the SHA-256 of the authority's certificate, by which the server is known. */
    public record Invitation(URI server, String token, String authority) {
        /** The token stays out of logs. */
        @Override
        public String toString() {
            return "Invitation[" + server + "]";
        }
    }

    /**
     * Joins under this name and keeps the identity. {@code REFUSED} with the server's reason if it says no, {@code UNAVAILABLE} if it doesn't answer or proves
     * to be another. Nothing is done if this host has joined already.
     */
    public static void join(Identity identity, Invitation invitation, Name name) throws EngineException {
        try {
            if (identity.joined().isPresent()) {
                return;
            }
            Link.JoinRequest request = new Link.JoinRequest(invitation.token(), name, identity.request());
            HttpResponse<String> response = ask(invitation, Wire.write(request));
            if (response.statusCode() != 200) {
                throw new EngineException(
                        response.statusCode() < 500 ? EngineException.Kind.REFUSED : EngineException.Kind.UNAVAILABLE,
                        "the server does not let this host in: " + reason(response));
            }
            identity.keep(Wire.lenient().readValue(response.body(), Link.JoinReply.class));
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE, "cannot join at " + invitation.server() + ": " + reason(e), e);
        }
    }

    private static HttpResponse<String> ask(Invitation invitation, String body) throws IOException, EngineException {
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .sslContext(pinned(invitation.authority()))
                .build()) {
            return client.send(
                    HttpRequest.newBuilder(invitation.server().resolve("/v1/join"))
                            .timeout(ANSWER)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "joining was interrupted", e);
        }
    }

    private static String reason(HttpResponse<String> response) {
        try {
            Api.Problem problem = Wire.lenient().readValue(response.body(), Api.Problem.class);
            return problem.detail()
                    + problem.hint().map(hint -> " (" + hint + ")").orElse("");
        } catch (IOException e) {
            return "it answers " + response.statusCode();
        }
    }

    private static String reason(IOException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException) {
                return String.valueOf(cause.getMessage());
            }
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private static SSLContext pinned(String fingerprint) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Pinned(fingerprint)}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has TLS", e);
        }
    }

    /** Trusts the one authority whose certificate has this fingerprint; the server sends it along with its own. */
    private record Pinned(String fingerprint) implements X509TrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            for (X509Certificate certificate : chain) {
                if (MessageDigest.isEqual(sha256(certificate), HexFormat.of().parseHex(plain()))) {
                    try {
                        ((X509TrustManager) Identity.trust(certificate).getTrustManagers()[0])
                                .checkServerTrusted(chain, type);
                        return;
                    } catch (GeneralSecurityException | IOException e) {
                        throw new CertificateException("its certificate is not good: " + e.getMessage(), e);
                    }
                }
            }
            throw new CertificateException("what answers there is not the site that the token was made at"
                    + " (the authority's fingerprint differs)");
        }

        private String plain() throws CertificateException {
            String plain = fingerprint.replace(":", "").toLowerCase(java.util.Locale.ROOT);
            if (!plain.matches("[0-9a-f]{64}")) {
                throw new CertificateException("the authority's fingerprint is not 64 hexadecimal digits");
            }
            return plain;
        }

        private static byte[] sha256(X509Certificate certificate) throws CertificateException {
            try {
                return MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            } catch (GeneralSecurityException e) {
                throw new CertificateException("a certificate without encoding", e);
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("this is no server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
