package yunqi.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.base.BadValue;

final class AuthorityTest {
    private static final UUID HOST = UUID.fromString("11111111-2222-3333-4444-555555555555");
    private static final List<String> NAMES = List.of("127.0.0.1", "localhost");

    private final Path folder;
    private final Authority authority;
    private Instant now = Instant.now();

    AuthorityTest(@TempDir Path folder) throws IOException {
        this.folder = folder;
        this.authority = Authorities.open(folder.resolve("ca"), () -> now);
    }

    @Test
    void theAuthorityIsTheSameWhenItIsOpenedAgain() throws Exception {
        assertThat(Authority.open(folder.resolve("ca"), () -> now).certificate())
                .isEqualTo(authority.certificate());
        assertThat(authority.fingerprint()).matches("[0-9a-f]{64}");
    }

    @Test
    void keysAreForTheirOwnerOnly() throws Exception {
        Authority.open(folder.resolve("made"), () -> now).writeServer(folder.resolve("ovn"), NAMES);
        for (String file : List.of("made/ca.key", "ovn/server.key")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(file))))
                    .isEqualTo("rw-------");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("made"))))
                .isEqualTo("rwx------");
    }

    @Test
    void aCrashBetweenKeyAndCertificateIsMended() throws Exception {
        Files.delete(folder.resolve("ca/ca.crt"));
        Authority mended = Authority.open(folder.resolve("ca"), () -> now);
        X509Certificate signed = certificate(mended.sign(request(ecKeys(256)), HOST));
        signed.verify(certificate(mended.certificate()).getPublicKey());
    }

    @Test
    void anAuthorityOfAnEarlierVersionHasAKeyOnACurveAndGoesOn() throws Exception {
        Files.createDirectories(folder.resolve("old"));
        Pem.write(folder.resolve("old/ca.key"), Pem.text(ecKeys(256).getPrivate()));
        Authority old = Authority.open(folder.resolve("old"), () -> now);
        X509Certificate signed = certificate(old.sign(request(ecKeys(256)), HOST));
        assertThat(signed.getSigAlgName()).isEqualTo("SHA256withECDSA");
        signed.verify(certificate(old.certificate()).getPublicKey());
    }

    @Test
    void aLostKeyIsSaid() throws Exception {
        Files.delete(folder.resolve("ca/ca.key"));
        assertThatThrownBy(() -> Authority.open(folder.resolve("ca"), () -> now))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ca.key is missing");
    }

    @Test
    void aHostsCertificateCarriesItsIdForNinetyDays() throws Exception {
        X509Certificate signed = certificate(authority.sign(request(ecKeys(256)), HOST));
        assertThat(Authority.host(signed)).contains(HOST);
        assertThat(signed.getNotAfter().toInstant()).isBetween(days(90).minusSeconds(2), days(90));
        assertThat(signed.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(signed.getBasicConstraints()).isEqualTo(-1);
        signed.verify(certificate(authority.certificate()).getPublicKey());
    }

    @Test
    void aServersCertificateNamesNoHost() {
        assertThat(Authority.host(authority.server(NAMES).certificate())).isEqualTo(Optional.empty());
    }

    @Test
    void badRequestsAreRefused() throws Exception {
        refused("hello", "is none");
        refused("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "certificateRequest");
        refused(authority.certificate(), "is none");
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(1024);
        refused(request(rsa.generateKeyPair(), "SHA256withRSA"), "weak");
        KeyPair mine = ecKeys(256);
        refused(request(new KeyPair(mine.getPublic(), ecKeys(256).getPrivate())), "not signed by its own key");
    }

    @Test
    void serverFilesAreKeptUntilNamesChangeOrTimeRunsOut() throws Exception {
        Path ovn = folder.resolve("ovn");
        assertThat(authority.writeServer(ovn, NAMES)).isTrue();
        assertThat(authority.writeServer(ovn, NAMES)).isFalse();
        assertThat(authority.writeServer(ovn, List.of("10.0.0.1"))).isTrue();
        now = days(350);
        assertThat(authority.writeServer(ovn, List.of("10.0.0.1"))).isTrue();
        assertThat(Files.readString(ovn.resolve("ca.crt"))).isEqualTo(authority.certificate());
    }

    @Test
    void opensslAgrees() throws Exception {
        Path ovn = folder.resolve("ovn");
        authority.writeServer(ovn, NAMES);
        Process verify = new ProcessBuilder(
                        "openssl", "verify", "-purpose", "sslserver", "-CAfile", "ca.crt", "server.crt")
                .directory(ovn.toFile())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("server.crt: OK");
        assertThat(verify.waitFor()).isZero();
    }

    @Test
    void theApiProvesItselfToThoseWhoTrustTheAuthority() throws Exception {
        assertThat(handshake(authority.api(NAMES), false, client(new KeyManager[0])))
                .isEqualTo("TLSv1.3");
    }

    @Test
    void theLinkTakesOnlyHostsThatWereSigned() throws Exception {
        KeyPair keys = ecKeys(256);
        String signed = authority.sign(request(keys), HOST);
        assertThat(handshake(authority.link(NAMES), true, client(identity(keys, signed))))
                .isEqualTo("TLSv1.3 " + HOST);
        assertThatThrownBy(() -> handshake(authority.link(NAMES), true, client(new KeyManager[0])))
                .isInstanceOf(IOException.class);
        Authority other = Authority.open(folder.resolve("other"), () -> now);
        assertThatThrownBy(() ->
                        handshake(authority.link(NAMES), true, client(identity(keys, other.sign(request(keys), HOST)))))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aServerThatRunsForYearsRenewsItsCertificate() throws Exception {
        SSLContext context = authority.api(NAMES);
        ServerKeys keys = new ServerKeys(() -> authority.server(NAMES), () -> now, Authority.RENEW);
        X509Certificate first = keys.getCertificateChain("server")[0];
        assertThat(keys.getCertificateChain("server")[0]).isEqualTo(first);
        now = days(345);
        X509Certificate second = keys.getCertificateChain("server")[0];
        assertThat(second).isNotEqualTo(first);
        assertThat(context.getProtocol()).isEqualTo("TLS");
    }

    /** Gives the protocol, and the host that the server saw if it asked for one. */
    private static String handshake(SSLContext server, boolean mutual, SSLContext client) throws Exception {
        try (SSLServerSocket listener =
                        (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            listener.setNeedClientAuth(mutual);
            var seen = threads.submit(() -> {
                try (SSLSocket socket = (SSLSocket) listener.accept()) {
                    socket.setSoTimeout(10_000);
                    int hello = socket.getInputStream().read();
                    socket.getOutputStream().write(hello);
                    return mutual
                            ? " "
                                    + Authority.host((X509Certificate)
                                                    socket.getSession().getPeerCertificates()[0])
                                            .orElseThrow()
                            : "";
                }
            });
            String protocol;
            try (SSLSocket socket =
                    (SSLSocket) client.getSocketFactory().createSocket("127.0.0.1", listener.getLocalPort())) {
                socket.setSoTimeout(10_000);
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                socket.getOutputStream().write(42);
                if (socket.getInputStream().read() != 42) {
                    throw new IOException("the server hung up");
                }
                protocol = socket.getSession().getProtocol();
            }
            return protocol + seen.get(); // not before: the server's end waits for ours to be closed
        }
    }

    private SSLContext client(KeyManager[] keys) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", certificate(authority.certificate()));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trust.getTrustManagers(), null);
        return context;
    }

    private static KeyManager[] identity(KeyPair keys, String signed) throws Exception {
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry("me", keys.getPrivate(), new char[0], new X509Certificate[] {certificate(signed)});
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(own, new char[0]);
        return factory.getKeyManagers();
    }

    private void refused(String request, String message) {
        assertThatThrownBy(() -> authority.sign(request, HOST))
                .isInstanceOf(BadValue.class)
                .hasMessageContaining(message);
    }

    private static KeyPair ecKeys(int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    private static String request(KeyPair keys) throws Exception {
        return request(keys, "SHA256withECDSA");
    }

    private static String request(KeyPair keys, String algorithm) throws Exception {
        byte[] der = new JcaPKCS10CertificationRequestBuilder(
                        new X500Name("CN=whatever I like, OU=root"), keys.getPublic())
                .build(new JcaContentSignerBuilder(algorithm).build(keys.getPrivate()))
                .getEncoded();
        return "-----BEGIN CERTIFICATE REQUEST-----\n"
                + java.util.Base64.getMimeEncoder().encodeToString(der)
                + "\n-----END CERTIFICATE REQUEST-----\n";
    }

    private static X509Certificate certificate(String pem) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
    }

    private Instant days(int count) {
        return now.plus(Duration.ofDays(count));
    }
}
