package yunqi.server.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import yunqi.core.base.Clock;

/** Authorities for tests that do not look at their keys: all have the same one, since making an RSA key takes longer than most tests. */
public final class Authorities {
    private static final PrivateFiles MADE = PrivateFiles.make();

    private Authorities() {}

    private record PrivateFiles(String key, String certificate) {
        static PrivateFiles make() {
            var key = Issuer.authorityKeys().getPrivate();
            return new PrivateFiles(Pem.text(key), Pem.text(Issuer.selfSigned(key, Instant.now())));
        }
    }

    /** As {@link Authority#open}. */
    public static Authority open(Path folder, Clock clock) throws IOException {
        Files.createDirectories(folder);
        if (!Files.exists(folder.resolve("ca.key"))) {
            Files.writeString(folder.resolve("ca.key"), MADE.key());
            Files.writeString(folder.resolve("ca.crt"), MADE.certificate());
        }
        return Authority.open(folder, clock);
    }
}
