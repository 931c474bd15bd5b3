package yunqi.server.tls;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;
import yunqi.core.base.BadValue;

/** Keys and certificates as text, in the forms that OpenSSL reads (PKCS#8 and X.509). */
final class Pem {
    private static final int LINE = 64; // RFC 7468

    private Pem() {}

    static String text(X509Certificate certificate) {
        try {
            return text("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateException e) {
            throw new IllegalStateException("a certificate of ours has no encoding", e);
        }
    }

    static String text(List<X509Certificate> chain) {
        StringBuilder text = new StringBuilder();
        chain.forEach(certificate -> text.append(text(certificate)));
        return text.toString();
    }

    static String text(PrivateKey key) {
        return text("PRIVATE KEY", key.getEncoded());
    }

    private static String text(String label, byte[] bytes) {
        String body = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(bytes);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    static PrivateKey key(Path file) throws IOException {
        if (parse(Files.readString(file)) instanceof PrivateKeyInfo info) {
            return new JcaPEMKeyConverter().getPrivateKey(info);
        }
        throw new IOException(file + " holds no private key (PKCS#8)");
    }

    static X509Certificate certificate(Path file) throws IOException {
        if (parse(Files.readString(file)) instanceof X509CertificateHolder holder) {
            try {
                return new JcaX509CertificateConverter().getCertificate(holder);
            } catch (CertificateException e) {
                throw new IOException(file + " holds a broken certificate", e);
            }
        }
        throw new IOException(file + " holds no certificate");
    }

    static PKCS10CertificationRequest request(String text) {
        try {
            if (parse(text) instanceof PKCS10CertificationRequest request) {
                return request;
            }
        } catch (IOException e) {
            throw new BadValue("certificateRequest", "is broken: send a PEM certificate request (PKCS#10)");
        }
        throw new BadValue("certificateRequest", "is none: send a PEM certificate request (PKCS#10)");
    }

    private static @Nullable Object parse(String text) throws IOException {
        try (PEMParser parser = new PEMParser(new StringReader(text))) {
            return parser.readObject();
        } catch (IllegalArgumentException e) {
            throw new IOException("not PEM", e);
        }
    }

    /** Writes a file that only its owner may read, whole or not at all. */
    static void write(Path file, String text) throws IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(partial);
        Files.createFile(partial, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(partial, text, StandardCharsets.UTF_8);
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
