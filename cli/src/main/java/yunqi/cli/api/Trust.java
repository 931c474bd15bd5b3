package yunqi.cli.api;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Proxy;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/** Trusts the authority of one cloud and no other. */
record Trust(SSLContext context, SSLSocketFactory sockets) {
    static Trust only(String pem) {
        try {
            Collection<? extends Certificate> authorities = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
            if (authorities.isEmpty()) {
                throw new GeneralSecurityException("no certificate in it");
            }
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate authority : authorities) {
                store.setCertificateEntry("authority-" + number++, authority);
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return new Trust(context, context.getSocketFactory());
        } catch (GeneralSecurityException | IOException e) {
            throw Trouble.failed("the authority's certificate in the context cannot be read ("
                    + Surroundings.line(String.valueOf(e.getMessage()))
                    + ")\n  'yunqi context add NAME --url URL --token TOKEN --ca FILE' sets it anew");
        }
    }

    /**
     * A connection by the JDK's older client that trusts this authority alone and takes no certificate of another name. Said in the two places where the JDK would else
     * read all public authorities first, which nobody needs here and which takes longer than the call: it asks for the usual factory before it can be told ours, and
     * checks the name against them too, unless a verifier is set. With one, the JDK checks the name by itself and asks the verifier only where it does not match.
     */
    URLConnection open(URL url) throws IOException {
        HttpsURLConnection.setDefaultSSLSocketFactory(sockets);
        URLConnection connection = url.openConnection(Proxy.NO_PROXY);
        if (connection instanceof HttpsURLConnection secure) {
            secure.setSSLSocketFactory(sockets);
            secure.setHostnameVerifier((_, _) -> false);
        }
        return connection;
    }
}
