package yunqi.cli.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AheadTest {
    private static final String PASSWORD = "password";

    private record Call(String path, int port) {}

    @TempDir
    private Path folder = Path.of("");

    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();

    @Test
    void theFirstCallTakesTheConnectionThatWasMadeAhead() throws Exception {
        KeyStore keys = keys();
        HttpsServer server = serve(keys);
        try {
            Surroundings around = around(server.getAddress().getPort(), keys);
            Surroundings ahead = around.connecting(List.of("instance", "list"));
            try (Api api = new Api(new Contexts(ahead).pick(java.util.Optional.empty()), ahead.ahead())) {
                api.get("/v1/things");
            }
            assertThat(calls.stream().map(Call::path)).containsExactly("/v1/version", "/v1/things");
            assertThat(calls.stream().map(Call::port).distinct())
                    .as("the client's ports")
                    .hasSize(1);
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aCommandThatCallsNobodyConnectsToNobody() throws Exception {
        for (String word : List.of("up", "help", "completion", "--help")) {
            assertThat(around(1, keys()).connecting(List.of(word)).ahead()).isSameAs(Ahead.NOTHING);
        }
    }

    @Test
    void aServerThatIsNotThereIsToldByTheCallItself() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Surroundings around = around(port, keys()).connecting(List.of("instance", "list"));
        try (Api api = new Api(new Contexts(around).pick(java.util.Optional.empty()), around.ahead())) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> api.get("/v1/things"))
                    .hasMessageContaining("nothing listens there");
        }
    }

    @Test
    void aCertificateOfAnotherNameOrAuthorityIsNotCalled() throws Exception {
        KeyStore right = keys();
        for (KeyStore wrong : List.of(keys("IP:127.0.0.9"), keys("DNS:elsewhere.example"), keys("IP:127.0.0.1"))) {
            HttpsServer server = serve(wrong);
            // Of the last one the name is right, but the authority is not the one that the context names.
            boolean stranger = wrong.getCertificate("server").toString().contains("127.0.0.1");
            try {
                Surroundings around = around(server.getAddress().getPort(), stranger ? right : wrong);
                Surroundings ahead = around.connecting(List.of("instance", "list"));
                for (Surroundings one : List.of(around, ahead)) {
                    try (Api api = new Api(new Contexts(one).pick(java.util.Optional.empty()), one.ahead())) {
                        org.assertj.core.api.Assertions.assertThatThrownBy(() -> api.get("/v1/things"))
                                .isInstanceOf(Trouble.class)
                                .hasMessageContaining(stranger ? "does not prove" : "another name");
                    }
                }
            } finally {
                server.stop(0);
            }
        }
        assertThat(calls).isEmpty();
    }

    private Surroundings around(int port, KeyStore keys) throws Exception {
        Surroundings around = new Surroundings(
                Map.of("YUNQI_CONFIG", folder.resolve("config.json").toString()),
                new ByteArrayInputStream(new byte[0]),
                System.out,
                System.err);
        String pem = "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(keys.getCertificate("server").getEncoded())
                + "\n-----END CERTIFICATE-----\n";
        new Contexts(around).save("here", new Contexts.Context("https://127.0.0.1:" + port, "token", pem));
        return around;
    }

    private KeyStore keys() throws Exception {
        return keys("IP:127.0.0.1", folder.resolve("keys.p12"));
    }

    /** New ones each time, for a server of this name. */
    private KeyStore keys(String name) throws Exception {
        return keys(name, Files.createTempDirectory(folder, "keys").resolve("keys.p12"));
    }

    private static KeyStore keys(String name, Path file) throws Exception {
        if (!Files.exists(file)) {
            Process keytool = new ProcessBuilder(
                            System.getProperty("java.home") + "/bin/keytool",
                            "-genkeypair",
                            "-alias",
                            "server",
                            "-dname",
                            "CN=server",
                            "-ext",
                            "SAN=" + name,
                            "-keyalg",
                            "EC",
                            "-validity",
                            "2",
                            "-storetype",
                            "PKCS12",
                            "-storepass",
                            PASSWORD,
                            "-keystore",
                            file.toString())
                    .redirectErrorStream(true)
                    .start();
            String words = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(keytool.waitFor()).as(words).isZero();
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    private HttpsServer serve(KeyStore keys) throws Exception {
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            calls.add(new Call(
                    exchange.getRequestURI().getPath(),
                    exchange.getRemoteAddress().getPort()));
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("{}".getBytes(StandardCharsets.UTF_8));
            exchange.close();
        });
        server.start();
        return server;
    }
}
