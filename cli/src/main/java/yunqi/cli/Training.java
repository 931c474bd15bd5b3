package yunqi.cli;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import yunqi.cli.api.Contexts;
import yunqi.cli.api.Surroundings;

/** Runs usual commands against a pretended server in this process, so that the JVM can write down what they load ({@code -XX:AOTCacheOutput}). Called by {@code ./yunqi} when it builds. */
public final class Training {
    private static final char[] PASSWORD = "training".toCharArray();
    private static final String ITEM = """
            {"kind":"instance","project":"default","name":"web","id":"00000000-0000-0000-0000-000000000001","generation":1,"version":1,
            "created":"2026-01-01T00:00:00Z","labels":{},"spec":{"type":"container","image":"busybox","flavor":"small","networks":[{"network":"default"}],"running":true,
            "restart":"always","command":[],"env":{},"keys":[],"hostLabels":{},"restarts":0},"status":{"state":"running","message":"runs on h1","since":"2026-01-01T00:00:00Z",
            "ready":true,"host":"h1","addresses":["10.0.0.2"],"nics":[],"epoch":1,"restarts":0,"tookSeconds":1.5,"placement":"h1"}}""";

    private Training() {}

    /** {@code args[0]}: a folder with {@code keys.p12}, in which the training may write. */
    public static void main(String[] args) throws IOException, GeneralSecurityException {
        Path folder = Path.of(args[0]);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve("keys.p12"))) {
            keys.load(in, PASSWORD);
        }
        HttpsServer server = serve(own(keys));
        // The file of contexts is found as it usually is: what a call does another way than here is not in the cache.
        Map<String, String> env = Map.of("HOME", folder.toString(), "YUNQI_TTY", "1", "YUNQI_COLUMNS", "100");
        Surroundings around = new Surroundings(env, new ByteArrayInputStream(new byte[0]), sink(), sink());
        String pem = "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(keys.getCertificate("authority").getEncoded())
                + "\n-----END CERTIFICATE-----\n";
        new Contexts(around)
                .save(
                        "training",
                        new Contexts.Context(
                                "https://127.0.0.1:" + server.getAddress().getPort(), "token", pem));
        for (String line : List.of(
                "instance list",
                "instance list -l none=here",
                "instance list -o yaml",
                "instance list -o json",
                "instance show web",
                "instance stop web",
                "instance create web --type container --image busybox --wait",
                "instance delete web",
                "host list",
                "image list",
                "instance crate",
                "instance create --help",
                "--help")) {
            List<String> words = List.of(line.split(" ", -1));
            Main.run(around.connecting(words), words);
        }
        server.stop(0);
        Runtime.getRuntime().exit(0);
    }

    /** The server's key alone: beside the authority's it would be a matter of luck which one is shown. */
    private static KeyStore own(KeyStore all) throws IOException, GeneralSecurityException {
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry("training", all.getKey("training", PASSWORD), PASSWORD, all.getCertificateChain("training"));
        return own;
    }

    private static HttpsServer serve(KeyStore keys) throws IOException, GeneralSecurityException {
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            boolean list = exchange.getRequestURI().getPath().endsWith("s");
            boolean none = String.valueOf(exchange.getRequestURI().getQuery()).contains("none");
            byte[] answer = (list ? "{\"items\":[" + (none ? "" : ITEM) + "],\"version\":1}" : ITEM)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static PrintStream sink() {
        return new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    }
}
