package yunqi.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.core.audit.AuditChain;
import yunqi.core.audit.AuditChain.Found;
import yunqi.core.audit.AuditChain.Mark;
import yunqi.core.audit.AuditEntry;
import yunqi.core.audit.Outcome;
import yunqi.core.wire.Wire;
import yunqi.drivers.process.Ports;
import yunqi.server.Eventually;

/** The whole server, in a process of its own on a real PostgreSQL, killed with -9 while it answers: what it had answered is in the audit of the next. */
final class AuditKilledIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int THREADS = 8;
    private static final int ENOUGH = 200; // answers before it is killed

    @TempDir
    private Path root = Path.of("");

    private final List<Process> started = new ArrayList<>();
    private final Queue<Answered> answered = new ConcurrentLinkedQueue<>();
    private final int port = Ports.free();

    private record Answered(String request, int status) {}

    @AfterEach
    void end() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    private Process start() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "yunqi.server.Main",
                        "run",
                        "--config",
                        root.resolve("server/server.json").toString())
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(root.resolve("log").toFile()))
                .start();
        started.add(process);
        return process;
    }

    private HttpClient client() throws Exception {
        Path authority = root.resolve("server/ca/ca.crt");
        Eventually.within(PATIENCE, "the authority is made", () -> Files.exists(authority), Boolean::booleanValue);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (var file = Files.newInputStream(authority)) {
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder()
                .sslContext(context)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    private HttpRequest.Builder request(String path) throws IOException {
        Path token = root.resolve("server/operator-token");
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + path))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + Files.readString(token).strip());
    }

    private Optional<HttpResponse<String>> send(HttpClient client, HttpRequest request) throws InterruptedException {
        try {
            return Optional.of(client.send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            return Optional.empty(); // not there yet, or there no more
        }
    }

    private void untilItAnswers(HttpClient client) throws Exception {
        Eventually.within(
                PATIENCE,
                "the server answers",
                () -> Files.exists(root.resolve("server/operator-token"))
                        && send(client, request("/healthz").GET().build())
                                .filter(answer -> answer.statusCode() == 200)
                                .isPresent(),
                Boolean::booleanValue);
    }

    /** Every second one is refused. Ends when the server doesn't answer any more. */
    private void declare(HttpClient client, int thread) throws Exception {
        for (int i = 0; ; i++) {
            String size = i % 2 == 0 ? "1GiB" : "nonsense";
            String body = "{\"spec\":{\"vcpus\":1,\"memory\":\"" + size + "\",\"disk\":\"1GiB\"}}";
            HttpRequest put = request("/v1/flavors/f" + thread + "-" + i)
                    .PUT(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            Optional<HttpResponse<String>> answer = send(client, put);
            if (answer.isEmpty()) {
                return;
            }
            String id = answer.get().headers().firstValue("X-Request-Id").orElseThrow();
            answered.add(new Answered(id, answer.get().statusCode()));
        }
    }

    @Test
    void whatWasAnsweredIsInTheAudit() throws Exception {
        PostgresSettings database = PostgresForTests.database();
        Files.createDirectories(root.resolve("server"));
        Map<String, Object> config = Map.of(
                "listen",
                "127.0.0.1",
                "simulated",
                1,
                "ports",
                Map.of("api", port, "link", Ports.free()),
                "database",
                Map.of("url", database.url(), "user", database.user(), "password", database.password()));
        Files.writeString(root.resolve("server/server.json"), Wire.write(config));
        Process killed = start();
        HttpClient client = client();
        untilItAnswers(client);
        List<FutureTask<Integer>> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            threads.add(new FutureTask<>(() -> {
                declare(client, thread);
                return thread;
            }));
            Thread.ofVirtual().start(threads.getLast());
        }
        Eventually.within(PATIENCE, "enough is answered", answered::size, count -> count >= ENOUGH);
        killed.destroyForcibly(); // SIGKILL
        assertThat(killed.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        for (FutureTask<Integer> thread : threads) {
            thread.get(PATIENCE.toSeconds(), TimeUnit.SECONDS); // an answer that bears no id fails the test here
        }
        start();
        untilItAnswers(client);
        List<AuditEntry> entries = new ArrayList<>();
        String lines = send(client, request("/v1/audit/export").GET().build())
                .orElseThrow()
                .body();
        lines.lines().forEach(line -> entries.add(Wire.read("line", line, AuditEntry.class)));
        assertThat(AuditChain.check(Mark.START, entries)).isInstanceOf(Found.Whole.class);
        Map<String, List<AuditEntry>> byRequest = entries.stream().collect(Collectors.groupingBy(AuditEntry::request));
        assertThat(answered).hasSizeGreaterThanOrEqualTo(ENOUGH);
        for (Answered answer : answered) {
            List<AuditEntry> found = byRequest.getOrDefault(answer.request, List.of());
            assertThat(found).as("entries of " + answer).hasSize(1);
            Outcome outcome = found.getFirst().outcome();
            assertThat(outcome.status() == answer.status || outcome.equals(Outcome.UNKNOWN))
                    .as(found + " of " + answer)
                    .isTrue();
        }
    }
}
