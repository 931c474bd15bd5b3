package yunqi.server.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import yunqi.core.base.Clock;

/** Gives TLS the server's identity, and makes a new one before the old runs out, so that a server may run for years without a restart. */
final class ServerKeys extends X509ExtendedKeyManager {
    private static final String ALIAS = "server";

    private final Supplier<Identity> maker;
    private final Clock clock;
    private final Duration renew;
    private volatile Identity identity;

    ServerKeys(Supplier<Identity> maker, Clock clock, Duration renew) {
        this.maker = maker;
        this.clock = clock;
        this.renew = renew;
        this.identity = maker.get();
    }

    private Identity identity() {
        if (due()) {
            renew();
        }
        return identity;
    }

    private synchronized void renew() {
        if (due()) {
            identity = maker.get();
        }
    }

    private boolean fits(String keyType) {
        return keyType.startsWith(identity.key().getAlgorithm());
    }

    private boolean due() {
        return identity.certificate()
                .getNotAfter()
                .toInstant()
                .isBefore(clock.now().plus(renew));
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
        return fits(keyType) ? ALIAS : null;
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, Socket socket) {
        return fits(keyType) ? ALIAS : null;
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return fits(keyType) ? new String[] {ALIAS} : new String[0];
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return identity().chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return identity().key();
    }

    @Override
    public @Nullable String chooseClientAlias(String[] keyTypes, Principal @Nullable [] issuers, Socket socket) {
        return null;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return new String[0];
    }
}
