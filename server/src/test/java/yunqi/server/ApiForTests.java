package yunqi.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import yunqi.core.base.Bytes;
import yunqi.core.base.Clock;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.host.HostFacts;
import yunqi.core.host.HostSeen;
import yunqi.core.host.HostSpec;
import yunqi.core.image.ImageLimits;
import yunqi.core.wire.Api;
import yunqi.core.wire.Link;
import yunqi.core.wire.Wire;
import yunqi.drivers.fake.FakeIntake;
import yunqi.drivers.fake.Faults;
import yunqi.server.access.Access;
import yunqi.server.agents.HostLink;
import yunqi.server.agents.Joins;
import yunqi.server.audit.AuditTrail;
import yunqi.server.host.HostTable;
import yunqi.server.http.Http;
import yunqi.server.http.Measures;
import yunqi.server.http.Route;
import yunqi.server.site.FirstStart;
import yunqi.server.store.Audit;
import yunqi.server.store.MemoryAudit;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.Write;
import yunqi.server.store.Written;
import yunqi.server.streams.Streams;
import yunqi.server.tls.Authorities;
import yunqi.server.tls.Authority;

/** The whole API on a free port of this machine, over real HTTPS, and a client that trusts it. */
public final class ApiForTests implements AutoCloseable {
    public static final Instant BEGIN = Instant.parse("2026-03-01T10:00:00Z");
    private final Faults.Switches faults = new Faults.Switches();
    private final FakeIntake intake = new FakeIntake(faults);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    public final Store store;
    public final Streams streams = new Streams();
    public final Audit audit;
    private final AuditTrail trail;
    public final String token;
    public final String authority;
    private final Path folder;
    private final Http http;
    private final List<Route> routes;
    private final HttpClient client;

    /** An answer, its body read. */
    public record Answer(int status, String text, HttpResponse<String> response) {
        public JsonNode json() {
            return Wire.read("answer", text, JsonNode.class);
        }

        public String at(String pointer) {
            return json().at(pointer).asText();
        }

        public String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }
    }

    public static ApiForTests on(Store store, Clock clock) throws Exception {
        return new ApiForTests(store, clock, URI.create("http://127.0.0.1:1"));
    }

    public ApiForTests(Store store, Clock clock, URI registry) throws Exception {
        this(store, clock, registry, new MemoryAudit());
    }

    public ApiForTests(Store store, Clock clock, URI registry, Audit audit) throws Exception {
        this.audit = audit;
        this.store = store;
        this.folder = Files.createTempDirectory("yq-api");
        List<String> names = List.of("127.0.0.1", "localhost");
        Authority ca = Authorities.open(folder.resolve("ca"), clock);
        this.authority = ca.certificate();
        this.trail = AuditTrail.open(audit, clock, "server-1");
        Http.Books books = new Http.Books(new Measures(), trail);
        Access access = new Access(store, clock, Access.Settings.USUAL);
        access.tokens().first(folder.resolve("operator-token"));
        this.token = Files.readString(folder.resolve("operator-token")).strip();
        FirstStart.of(store, ApiTable.projects(store, clock), clock);
        Joins joins = new Joins(store, ca, new HostLink(store, clock), new Link.Site("https://127.0.0.1:1", ""), clock);
        Http.Table table = ApiTable.of(
                new ApiTable.Parts(store, clock, streams, access, joins, books),
                new ApiTable.Images(intake, intake, ImageLimits.USUAL),
                new Api.Version("0.1.0", "v1", false, ca.fingerprint()),
                registry);
        this.routes = table.routes();
        this.http = new Http(new Http.Listen("127.0.0.1", 0, ca.api(names)), table, access, books);
        http.start();
        this.client = HttpClient.newBuilder().sslContext(trusting(authority)).build();
    }

    /** A client's TLS that trusts this authority alone. */
    public static SSLContext trusting(String authority) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry(
                "ca",
                CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(authority.getBytes(StandardCharsets.UTF_8))));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    /** What goes wrong with images. */
    public Faults.Switches faults() {
        return faults;
    }

    public FakeIntake intake() {
        return intake;
    }

    public URI uri(String path) {
        return URI.create("https://127.0.0.1:" + http.port() + path);
    }

    /** Everything that is served but streams. */
    public List<Route> routes() {
        return routes;
    }

    public HttpClient client() {
        return client;
    }

    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(PATIENCE).header("Authorization", "Bearer " + token);
    }

    public Answer send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body(), response);
    }

    public Answer get(String path) throws IOException, InterruptedException {
        return send(request(path).GET().build());
    }

    public Answer put(String path, String body, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path).PUT(HttpRequest.BodyPublishers.ofString(body));
        return send(
                headers.length == 0 ? request.build() : request.headers(headers).build());
    }

    public Answer post(String path, String body) throws IOException, InterruptedException {
        return send(
                request(path).POST(HttpRequest.BodyPublishers.ofString(body)).build());
    }

    public Answer delete(String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path).DELETE();
        return send(
                headers.length == 0 ? request.build() : request.headers(headers).build());
    }

    /** An image in the library, as {@code yunqi image build} declares it. */
    public void image(String name, String type, String minMemory) throws IOException, InterruptedException {
        Answer answer =
                put("/v1/projects/library/images/" + name, """
                {"spec":{"type":"%s","repository":"library/%s","digest":"sha256:%s","size":"8MiB","minMemory":"%s"}}
                """.formatted(type, name, "0".repeat(64), minMemory));
        if (answer.status() != 201) {
            throw new AssertionError(answer.text());
        }
    }

    /** A host that has joined and reported, with so many processors and so much memory. */
    public UUID host(String name, int cpus, Bytes memory, Instant now) {
        UUID id = UUID.randomUUID();
        Meta meta = new Meta(id, Optional.empty(), new Name(name), Labels.NONE, 1, 0, 0, 0, now, Optional.empty());
        HostFacts facts = new HostFacts(
                name,
                "amd64",
                "6.1",
                "Debian 12",
                "boot",
                cpus,
                memory,
                List.of(new HostFacts.Disk("/", Bytes.gibibytes(100), Bytes.gibibytes(90))),
                "v2",
                new HostFacts.Kvm(false, "no /dev/kvm"),
                new TreeMap<>(),
                "0.1.0");
        must(new Write.Create(
                new Row(HostTable.KIND, meta, Wire.write(HostSpec.FIRST), Row.EMPTY, Row.EMPTY, Optional.empty())));
        must(new Write.Observe(
                id,
                0,
                Wire.write(new HostSeen(
                        Optional.of(facts),
                        Optional.of(now),
                        List.of(),
                        List.of(),
                        Optional.of("boot"),
                        Optional.empty()))));
        return id;
    }

    public void must(Write... writes) {
        if (!(store.write(List.of(writes)) instanceof Written.Done)) {
            throw new AssertionError("refused: " + List.of(writes));
        }
    }

    @Override
    public void close() throws IOException {
        http.close();
        trail.close();
        streams.close();
        store.close();
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
