package yunqi.agent.link;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.wire.Link;
import yunqi.core.wire.Wire;

/**
 * Who this host is: {@code key.pem}, {@code cert.pem}, {@code ca.pem} and {@code site.json} in one folder that only root reads. The engines that talk to the
 * site (ovn-controller) read the same files. The key stays for the host's life; certificates are renewed.
 */
public final class Identity {
    private static final String CURVE = "secp256r1";
    private static final String SIGNATURE = "SHA256withECDSA";
    private static final int LINE = 64; // RFC 7468

    private final Path folder;

    /** What joining told this host of itself and of the site. */
    public record Joined(HostId host, Name name, Link.Site site) {}

    public Identity(Path folder) {
        this.folder = folder;
    }

    public Path key() {
        return folder.resolve("key.pem");
    }

    public Path certificate() {
        return folder.resolve("cert.pem");
    }

    public Path authority() {
        return folder.resolve("ca.pem");
    }

    /** What joining told; empty before. */
    public Optional<Joined> joined() throws IOException {
        Path file = folder.resolve("site.json");
        return Files.exists(file) ? Optional.of(Wire.stored(Files.readString(file), Joined.class)) : Optional.empty();
    }

    /** A certificate request (PEM, PKCS#10) of this host's key, which is made at the first call. */
    public String request() throws IOException {
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            if (!Files.exists(key())) {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
                generator.initialize(new ECGenParameterSpec(CURVE));
                KeyPair keys = generator.generateKeyPair();
                write(
                        folder.resolve("public.pem"),
                        pem("PUBLIC KEY", keys.getPublic().getEncoded()));
                write(key(), pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
            }
            var publicKey = KeyFactory.getInstance("EC")
                    .generatePublic(new java.security.spec.X509EncodedKeySpec(
                            decode(Files.readString(folder.resolve("public.pem")))));
            var request = new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=Yunqi host"), publicKey)
                    .build(new JcaContentSignerBuilder(SIGNATURE).build(privateKey()));
            return pem("CERTIFICATE REQUEST", request.getEncoded());
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("the key in " + key() + " is broken: remove " + folder + " and join anew", e);
        }
    }

    /** Keeps what joining gave. {@code site.json} is written last: with it the host has joined. */
    public void keep(Link.JoinReply reply) throws IOException {
        write(certificate(), reply.certificate());
        write(authority(), reply.authority());
        write(folder.resolve("site.json"), Wire.write(new Joined(reply.host(), reply.name(), reply.site())));
    }

    /** Takes a renewed certificate. */
    public void keep(Link.CertificateReply reply) throws IOException {
        write(certificate(), reply.certificate());
        write(authority(), reply.authority());
    }

    /** True if two thirds of the certificate's life are over. */
    public boolean renewalDue(Instant now) throws IOException {
        X509Certificate certificate = certificate(certificate());
        Instant from = certificate.getNotBefore().toInstant();
        Duration life = Duration.between(from, certificate.getNotAfter().toInstant());
        return now.isAfter(from.plus(life.multipliedBy(2).dividedBy(3)));
    }

    /** TLS that proves this host and trusts the site's authority alone. */
    public SSLContext tls() throws IOException {
        try {
            char[] none = new char[0];
            KeyStore own = empty();
            own.setKeyEntry("host", privateKey(), none, new Certificate[] {certificate(certificate())});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, none);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust(certificate(authority())).getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("the identity in " + folder + " is broken: remove it and join anew", e);
        }
    }

    static TrustManagerFactory trust(X509Certificate authority) throws GeneralSecurityException, IOException {
        KeyStore trusted = empty();
        trusted.setCertificateEntry("authority", authority);
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return factory;
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private PrivateKey privateKey() throws GeneralSecurityException, IOException {
        PrivateKey key =
                KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(decode(Files.readString(key()))));
        if (!(key instanceof ECPrivateKey)) {
            throw new GeneralSecurityException("not a key on a curve");
        }
        return key;
    }

    private static X509Certificate certificate(Path file) throws IOException {
        try {
            Certificate certificate = CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(file)));
            if (certificate instanceof X509Certificate x509) {
                return x509;
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(file + " is broken: remove its folder and join anew", e);
        }
        throw new IOException(file + " holds no certificate: remove its folder and join anew");
    }

    private static String pem(String label, byte[] bytes) {
        String body = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(bytes);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    private static byte[] decode(String pem) throws IOException {
        try {
            return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        } catch (IllegalArgumentException e) {
            throw new IOException("not PEM", e);
        }
    }

    /** Whole or not at all, and only for root to read. */
    private static void write(Path file, String text) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(partial);
        Files.createFile(partial, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(partial, text, StandardCharsets.UTF_8);
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
