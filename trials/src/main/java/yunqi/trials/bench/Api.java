package yunqi.trials.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import yunqi.core.wire.Wire;

/** A bare client of the REST API, so that the figures hold no CLI start-up. Reads the CLI's context file. */
final class Api implements AutoCloseable {
    private final HttpClient http;
    private final String url;
    private final String token;

    private Api(HttpClient http, String url, String token) {
        this.http = http;
        this.url = url;
        this.token = token;
    }

    static Api of(Path contextFile) throws IOException {
        JsonNode file = Wire.read("", Files.readString(contextFile), JsonNode.class);
        JsonNode context = file.get("contexts").get(file.get("current").asText());
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry(
                    "ca",
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(
                                    context.get("ca").asText().getBytes(StandardCharsets.UTF_8))));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, trust.getTrustManagers(), null);
            HttpClient client = HttpClient.newBuilder()
                    .sslContext(tls)
                    .version(HttpClient.Version.HTTP_1_1)
                    .build();
            return new Api(
                    client, context.get("url").asText(), context.get("token").asText());
        } catch (GeneralSecurityException e) {
            throw new IOException("no TLS with " + contextFile, e);
        }
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url + path)).GET());
    }

    JsonNode put(String path, String body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    JsonNode post(String path, String body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    void delete(String path) throws IOException, InterruptedException {
        send(HttpRequest.newBuilder(URI.create(url + path)).DELETE());
    }

    /** What changes from now on, until closed. */
    Changes watch(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path + "?watch"))
                .header("Authorization", "Bearer " + token)
                .GET()
                .build();
        HttpResponse<InputStream> response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            throw new IOException("watching " + path + " answered " + response.statusCode());
        }
        return new Changes(new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8)));
    }

    /** The events of one watch. */
    record Changes(BufferedReader lines) implements AutoCloseable {
        private static final String DATA = "data: ";

        /** Reads on until a thing is as wanted. The server says at least every ten seconds that it is there, so a line always comes. */
        JsonNode await(Predicate<JsonNode> wanted, Duration longest) throws IOException {
            long end = System.nanoTime() + longest.toNanos();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(DATA)) {
                    JsonNode thing = Wire.read("", line.substring(DATA.length()), JsonNode.class);
                    if (wanted.test(thing)) {
                        return thing;
                    }
                }
                if (System.nanoTime() > end) {
                    throw new IOException("not seen within " + longest);
                }
            }
            throw new IOException("the watch ended");
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }

    /** True once the thing is not there any more. */
    boolean gone(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Authorization", "Bearer " + token)
                .GET()
                .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 404;
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                request.header("Authorization", "Bearer " + token)
                        .timeout(Duration.ofSeconds(30))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new IOException(response.request().method() + " "
                    + response.uri().getPath() + " answered " + response.statusCode() + ": " + response.body());
        }
        return response.body().isEmpty()
                ? Wire.tree(java.util.Map.of())
                : Wire.read("", response.body(), JsonNode.class);
    }

    @Override
    public void close() {
        http.close();
    }
}
