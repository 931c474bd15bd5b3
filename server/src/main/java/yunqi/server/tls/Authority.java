package yunqi.server.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import yunqi.core.base.BadValue;
import yunqi.core.base.Clock;

/**
 * The site's own certificate authority, kept in one folder: {@code ca.key} and {@code ca.crt}. Whoever trusts {@code ca.crt} can tell the server
 * and every host from all others. Certificates of hosts are short-lived instead of revocable: a removed host is refused by the link because
 * its row is gone. Safe for use by many threads.
 */
public final class Authority {
    /** A host renews at two thirds of this; a host that was away for longer joins anew. */
    public static final Duration HOST_CERTIFICATE = Duration.ofDays(90);

    /** Browsers refuse server certificates that are longer valid than 398 days. */
    static final Duration SERVER_CERTIFICATE = Duration.ofDays(397);

    /** A server certificate is made anew when less than this is left of it. */
    static final Duration RENEW = Duration.ofDays(60);

    private static final String KEY = "ca.key";
    private static final String CERTIFICATE = "ca.crt";

    private final Issuer issuer;
    private final Clock clock;

    private Authority(Issuer issuer, Clock clock) {
        this.issuer = issuer;
        this.clock = clock;
    }

    /** Loads the authority from this folder, or makes it there. */
    public static Authority open(Path folder, Clock clock) throws IOException {
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path keyFile = folder.resolve(KEY);
        Path certificateFile = folder.resolve(CERTIFICATE);
        if (!Files.exists(keyFile)) {
            if (Files.exists(certificateFile)) {
                throw new IOException(keyFile + " is missing though " + certificateFile
                        + " is there: bring it back from a backup, or remove both and let every host join anew");
            }
            Pem.write(keyFile, Pem.text(Issuer.authorityKeys().getPrivate()));
        }
        PrivateKey key = Pem.key(keyFile);
        // A crash between the two files leaves a key without a certificate: it is signed now, nobody has trusted it
        // yet.
        if (!Files.exists(certificateFile)) {
            Pem.write(certificateFile, Pem.text(Issuer.selfSigned(key, clock.now())));
        }
        return new Authority(new Issuer(key, Pem.certificate(certificateFile)), clock);
    }

    /** The authority's certificate as PEM: what hosts and users trust. */
    public String certificate() {
        return Pem.text(issuer.certificate());
    }

    /** SHA-256 over the authority's certificate, 64 hexadecimal digits: what a person compares before trusting it. */
    public String fingerprint() {
        return Issuer.fingerprint(issuer.certificate());
    }

    /**
     * Signs a host's request (PEM, PKCS#10): a client certificate for 90 days whose common name is the host's id, whatever subject was asked for.
     * Gives it back as PEM. Throws {@link BadValue} unless the request is one, signed by its own key, which is strong.
     */
    public String sign(String request, UUID host) {
        return Pem.text(issuer.client(Pem.request(request), host, clock.now(), HOST_CERTIFICATE));
    }

    /** The host that a certificate of ours was signed for; empty if it is another sort of certificate. */
    public static Optional<UUID> host(X509Certificate certificate) {
        try {
            var names = new JcaX509CertificateHolder(certificate).getSubject().getRDNs(BCStyle.CN);
            return names.length == 1
                    ? Optional.of(UUID.fromString(
                            IETFUtils.valueToString(names[0].getFirst().getValue())))
                    : Optional.empty();
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A new key with a certificate for a server that hosts and engines reach by these names and addresses. */
    public Identity server(List<String> names) {
        return server(names, Issuer.Peers.HOSTS);
    }

    private Identity server(List<String> names, Issuer.Peers peers) {
        return issuer.server(names, peers, clock.now(), SERVER_CERTIFICATE);
    }

    /**
     * Writes {@code server.key}, {@code server.crt} and {@code ca.crt} (PEM) into the folder, for engines that read files. What is there is kept while it is
     * of this authority, for these names, and valid for some time. True if it was written anew.
     */
    public boolean writeServer(Path folder, List<String> names) throws IOException {
        Files.createDirectories(folder);
        Path keyFile = folder.resolve("server.key");
        Path certificateFile = folder.resolve("server.crt");
        if (Files.exists(keyFile)
                && Files.exists(certificateFile)
                && issuer.fits(
                        Pem.certificate(certificateFile), names, clock.now().plus(RENEW))) {
            return false;
        }
        Identity identity = server(names);
        Pem.write(folder.resolve(CERTIFICATE), certificate());
        Pem.write(keyFile, Pem.text(identity.key()));
        Pem.write(certificateFile, Pem.text(identity.chain()));
        return true;
    }

    /** TLS for users: the server proves itself by a certificate for these names, made anew before it runs out; clients prove nothing. */
    public SSLContext api(List<String> names) {
        return context(names, Issuer.Peers.USERS, new TrustManager[0]);
    }

    /** TLS for hosts: as {@link #api}, and clients are trusted if this authority signed them. The listener must require a client's certificate. */
    public SSLContext link(List<String> names) {
        return context(names, Issuer.Peers.HOSTS, trust());
    }

    private SSLContext context(List<String> names, Issuer.Peers peers, TrustManager[] trusted) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    new KeyManager[] {new ServerKeys(() -> server(List.copyOf(names), peers), clock, RENEW)},
                    trusted,
                    null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has TLS", e);
        }
    }

    private TrustManager[] trust() {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry("authority", issuer.certificate());
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("a key store in memory cannot fail", e);
        }
    }
}
