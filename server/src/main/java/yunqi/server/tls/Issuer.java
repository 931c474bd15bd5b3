package yunqi.server.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.ECNamedCurveTable;
import org.bouncycastle.jce.spec.ECNamedCurveParameterSpec;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import yunqi.core.base.BadValue;

/**
 * Makes certificates: the authority's own, servers', hosts'. Keys are P-256: small, fast, and read by every engine; but for the two whose signatures every
 * command line call checks, the authority's and the API's: checking an RSA signature takes a JVM that has just started a twentieth of the time. An authority
 * with a P-256 key, as they once were, goes on.
 */
final class Issuer {
    private static final String CURVE = "secp256r1";
    private static final String CURVE_SIGNATURE = "SHA256withECDSA";
    private static final String RSA_SIGNATURE = "SHA256withRSA";
    private static final Duration AUTHORITY_LIFE = Duration.ofDays(20 * 365); // a site outlives its machines
    private static final Duration SKEW = Duration.ofHours(24); // clocks of fresh machines may be behind
    private static final int SERIAL_BITS = 127; // positive, at most 20 bytes (RFC 5280)
    private static final int RSA_BITS = 2048; // enough for what is made anew every year, until 2030 (NIST SP 800-57)
    private static final int AUTHORITY_BITS = 3072; // for beyond 2030 (the same)
    private static final int EC_BITS = 256;
    private static final String ADDRESS = "[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*";

    private final PrivateKey key;
    private final X509Certificate certificate;

    Issuer(PrivateKey key, X509Certificate certificate) {
        this.key = key;
        this.certificate = certificate;
    }

    X509Certificate certificate() {
        return certificate;
    }

    static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(CURVE));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + CURVE, e);
        }
    }

    static X509Certificate selfSigned(PrivateKey key, Instant now) {
        X500Name name = new X500Name("CN=Yunqi authority " + UUID.randomUUID());
        try {
            var builder = builder(name, name, publicKey(key), now, AUTHORITY_LIFE)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return signed(builder, key);
        } catch (IOException e) {
            throw new IllegalStateException("extensions of ours are encodable", e);
        }
    }

    /** Whom a server speaks to: people's commands, which have to be quick, or hosts and engines. */
    enum Peers {
        USERS,
        HOSTS
    }

    Identity server(List<String> names, Peers peers, Instant now, Duration life) {
        KeyPair keys = peers == Peers.USERS ? rsa(RSA_BITS) : newKeys();
        var builder = leaf(new X500Name("CN=Yunqi server"), keys.getPublic(), now, life, KeyPurposeId.id_kp_serverAuth);
        GeneralName[] general = names.stream()
                .map(name -> new GeneralName(name.matches(ADDRESS) ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toArray(GeneralName[]::new);
        try {
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(general));
        } catch (IOException e) {
            throw new IllegalStateException("names are encodable", e);
        }
        return new Identity(keys.getPrivate(), List.of(signed(builder, key), certificate));
    }

    /** The key of an authority. */
    static KeyPair authorityKeys() {
        return rsa(AUTHORITY_BITS);
    }

    private static KeyPair rsa(int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has RSA", e);
        }
    }

    X509Certificate client(PKCS10CertificationRequest request, UUID host, Instant now, Duration life) {
        PublicKey asked = checked(request);
        return signed(leaf(new X500Name("CN=" + host), asked, now, life, KeyPurposeId.id_kp_clientAuth), key);
    }

    /** True if we signed it for exactly these names and it lasts until then. */
    boolean fits(X509Certificate other, List<String> names, Instant until) {
        try {
            other.verify(certificate.getPublicKey());
            var has = new TreeSet<String>();
            var alternative = other.getSubjectAlternativeNames();
            if (alternative != null) {
                alternative.forEach(name -> has.add(String.valueOf(name.get(1))));
            }
            return has.equals(new TreeSet<>(names))
                    && other.getNotAfter().toInstant().isAfter(until);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    static String fingerprint(X509Certificate certificate) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static PublicKey checked(PKCS10CertificationRequest request) {
        try {
            PublicKey key = new JcaPKCS10CertificationRequest(request).getPublicKey();
            boolean strong = switch (key) {
                case ECPublicKey curve ->
                    curve.getParams().getCurve().getField().getFieldSize() >= EC_BITS;
                case RSAPublicKey rsa -> rsa.getModulus().bitLength() >= RSA_BITS;
                default -> false;
            };
            if (!strong) {
                throw new BadValue("certificateRequest", "its key is weak: use EC P-256 or RSA of 2048 bits");
            }
            if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw new BadValue("certificateRequest", "is not signed by its own key");
            }
            return key;
        } catch (GeneralSecurityException | OperatorCreationException | PKCSException e) {
            throw new BadValue("certificateRequest", "its key or signature cannot be read");
        }
    }

    private X509v3CertificateBuilder leaf(
            X500Name subject, PublicKey subjectKey, Instant now, Duration life, KeyPurposeId purpose) {
        X500Name issuer =
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
        try {
            return builder(issuer, subject, subjectKey, now, life)
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                    .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose))
                    .addExtension(
                            Extension.authorityKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate.getPublicKey()));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("extensions of ours are encodable", e);
        }
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, PublicKey subjectKey, Instant now, Duration life) {
        try {
            return new JcaX509v3CertificateBuilder(
                            issuer,
                            new BigInteger(SERIAL_BITS, new SecureRandom()),
                            Date.from(now.minus(SKEW)),
                            Date.from(now.plus(life)),
                            subject,
                            subjectKey)
                    .addExtension(
                            Extension.subjectKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils().createSubjectKeyIdentifier(subjectKey));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("a key identifier is encodable", e);
        }
    }

    private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey key) {
        try {
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(
                            new JcaContentSignerBuilder(key instanceof RSAPrivateKey ? RSA_SIGNATURE : CURVE_SIGNATURE)
                                    .build(key)));
        } catch (OperatorCreationException | CertificateException e) {
            throw new IllegalStateException("our own key cannot sign", e);
        }
    }

    /** A private key's public half. Of a curve: its number times the base point. PKCS#8 as the JDK writes it leaves it out. */
    private static PublicKey publicKey(PrivateKey key) {
        try {
            if (key instanceof RSAPrivateCrtKey rsa) {
                return KeyFactory.getInstance("RSA")
                        .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
            }
            ECNamedCurveParameterSpec curve = ECNamedCurveTable.getParameterSpec(CURVE);
            var point = curve.getG().multiply(((ECPrivateKey) key).getS()).normalize();
            var spec = new java.security.spec.ECPublicKeySpec(
                    new java.security.spec.ECPoint(
                            point.getAffineXCoord().toBigInteger(),
                            point.getAffineYCoord().toBigInteger()),
                    ((ECPrivateKey) key).getParams());
            return KeyFactory.getInstance("EC").generatePublic(spec);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has these keys", e);
        }
    }
}
