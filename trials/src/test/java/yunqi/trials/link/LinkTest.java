package yunqi.trials.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.agent.link.HttpServerLink;
import yunqi.agent.link.Identity;
import yunqi.agent.link.LinkImageSource;
import yunqi.core.base.Digest;
import yunqi.core.base.EngineException;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.Phase;
import yunqi.core.wire.Digests;
import yunqi.core.wire.Link;
import yunqi.core.wire.Release;
import yunqi.server.agents.Joins;
import yunqi.server.instance.InstanceTable;
import yunqi.server.store.Write;
import yunqi.server.tls.Authority;

final class LinkTest {
    private static final Duration SHORT = Duration.ofSeconds(1);

    @TempDir
    Path folder;

    private HttpServer registry;
    private TwoEnds ends;

    @BeforeEach
    void start() throws Exception {
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        registry.start();
        ends = new TwoEnds(
                folder, URI.create("http://127.0.0.1:" + registry.getAddress().getPort()));
    }

    @AfterEach
    void stop() {
        ends.close();
        registry.stop(0);
    }

    @Test
    void aHostThatJoinedIsToldWhatToRunAsSoonAsItIsDecidedAndReportsIt() throws Exception {
        HostId host = ends.join("one");
        try (HttpServerLink link = ends.dial("one");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Link.Assignments none = link.assignments(0, SHORT).orElseThrow();
            assertThat(none.assignments()).isEmpty();
            assertThat(link.assignments(none.version(), Duration.ZERO)).isEmpty();

            Future<Optional<Link.Assignments>> waiting =
                    threads.submit(() -> link.assignments(none.version(), Duration.ofSeconds(30)));
            assertThat(waiting.isDone()).isFalse();
            UUID id = ends.instanceOn(host, "web");
            Link.Assignments some = waiting.get(10, TimeUnit.SECONDS).orElseThrow();
            assertThat(some.assignments()).extracting(a -> a.id().value()).containsExactly(id);

            InstanceSeen seen = seen(host);
            assertThat(link.observe(observation(id, seen)).resend()).isFalse();
            assertThat(InstanceTable.read(ends.store.get(id).orElseThrow()).seen())
                    .contains(seen);
        }
    }

    @Test
    void aTokenLetsInOneHostOnceAndNotWhenItIsOld() throws Exception {
        String token = ends.token(Duration.ofMinutes(5));
        String request = ends.identity("one").request();
        assertThat(ends.joins.join(new Link.JoinRequest(token, new Name("one"), request)))
                .isInstanceOf(Joins.Outcome.Joined.class);

        assertThat(refused(token, "two", request)).isEqualTo("bad-token");
        assertThat(refused("no such token", "two", request)).isEqualTo("bad-token");
        String old = ends.token(Duration.ofMinutes(5));
        ends.pass(Duration.ofMinutes(6));
        assertThat(refused(old, "two", request)).isEqualTo("bad-token");
    }

    @Test
    void aNameIsTakenWhileItsHostAnswersAndCanBeTakenOverWhenItIsSilent() throws Exception {
        HostId host = ends.join("one");
        String request = ends.identity("other").request();
        try (HttpServerLink link = ends.dial("one")) {
            assertThat(link.assignments(0, SHORT)).isPresent();
            String token = ends.token(Duration.ofMinutes(5));
            assertThat(refused(token, "one", request)).isEqualTo("name-taken");

            ends.pass(Duration.ofSeconds(30));
            Joins.Outcome outcome = ends.joins.join(new Link.JoinRequest(token, new Name("one"), request));
            assertThat(outcome).isInstanceOf(Joins.Outcome.Joined.class);
            if (outcome instanceof Joins.Outcome.Joined(Link.JoinReply reply)) {
                assertThat(reply.host()).isEqualTo(host);
            }
            assertThat(link.assignments(0, SHORT).orElseThrow().hostEpoch()).isEqualTo(2);
        }
    }

    @Test
    void strangersAndRemovedHostsAreNotHeard() throws Exception {
        HostId host = ends.join("one");
        Identity stranger = ends.identity("stranger");
        Authority other = Authority.open(folder.resolve("other-ca"), ends.clock);
        stranger.keep(new Link.JoinReply(
                host,
                new Name("one"),
                other.sign(stranger.request(), host.value()),
                ends.authority.certificate(),
                ends.identity("one").joined().orElseThrow().site()));
        try (HttpServerLink link = ends.dial("stranger")) {
            assertThatThrownBy(() -> link.assignments(0, SHORT))
                    .isInstanceOfSatisfying(
                            EngineException.class,
                            e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.UNAVAILABLE));
        }

        try (HttpServerLink link = ends.dial("one")) {
            assertThat(link.assignments(0, SHORT)).isPresent();
            ends.done(new Write.MarkDeleted(host.value(), 1, ends.clock.now()));
            ends.done(new Write.Remove(host.value(), 0));
            assertThatThrownBy(() -> link.assignments(0, SHORT))
                    .isInstanceOfSatisfying(
                            EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.REFUSED))
                    .hasMessageContaining("host-removed");
        }
    }

    @Test
    void anAgentOfTheNextReleaseIsHeardAndOneTwoReleasesAwayIsToldWhatToDo() throws Exception {
        HostId host = ends.join("one");
        Release next = new Release(Release.OURS.number() + 1, "99.1.0");
        Release far = new Release(Release.OURS.number() + 2, "99.2.0");
        try (HttpServerLink link = ends.dial("one", next)) {
            assertThat(link.assignments(0, SHORT)).isPresent();
        }
        try (HttpServerLink link = ends.dial("one", far)) { // it finds out by itself, too
            assertThatThrownBy(() -> link.assignments(0, SHORT))
                    .isInstanceOfSatisfying(
                            EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.REFUSED))
                    .hasMessageContaining("99.2.0")
                    .hasMessageContaining("bring the server up to date");
        }
        Identity identity = ends.identity("one");
        try (HttpClient client =
                HttpClient.newBuilder().sslContext(identity.tls()).build()) {
            URI asked = URI.create(identity.joined().orElseThrow().site().link())
                    .resolve("/v1/link/assignments?after=0&wait=0");
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(asked)
                            .header(Release.HEADER, far.header())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body()).contains("release-apart", "bring the server up to date");
            assertThat(answer.headers().firstValue(Release.HEADER)).contains(Release.OURS.header());
            // Those of the first release say nothing of themselves.
            assertThat(client.send(HttpRequest.newBuilder(asked).build(), HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
        assertThat(ends.store.story(host.value()).events())
                .filteredOn(event -> event.what().equals("refused"))
                .singleElement()
                .satisfies(event -> assertThat(event.message()).contains("99.2.0"));
    }

    @Test
    void aServerOfAnotherSiteIsNotTrusted() throws Exception {
        ends.join("one");
        Identity confused = ends.identity("confused");
        Authority other = Authority.open(folder.resolve("other-ca"), ends.clock);
        Identity.Joined joined = ends.identity("one").joined().orElseThrow();
        confused.keep(new Link.JoinReply(
                joined.host(),
                joined.name(),
                other.sign(confused.request(), joined.host().value()),
                other.certificate(),
                joined.site()));

        try (HttpServerLink link = ends.dial("confused")) {
            assertThatThrownBy(() -> link.assignments(0, SHORT)).hasMessageContaining("PKIX");
        }
    }

    @Test
    void certificatesAreRenewedWhenTwoThirdsOfTheirLifeAreOver() throws Exception {
        ends.join("one");
        Identity identity = ends.identity("one");
        String first = java.nio.file.Files.readString(identity.certificate());
        try (HttpServerLink link = ends.dial("one")) {
            assertThat(link.renew(ends.clock.now())).isFalse();
            assertThat(link.renew(ends.clock.now().plus(Duration.ofDays(70)))).isTrue();

            assertThat(java.nio.file.Files.readString(identity.certificate())).isNotEqualTo(first);
            assertThat(link.assignments(0, SHORT)).isPresent();
        }
    }

    @Test
    void imagesAreReadThroughTheServerByDigestOnly() throws Exception {
        byte[] blob = "a layer".getBytes(StandardCharsets.UTF_8);
        Digest digest = new Digest("sha256:" + Digests.of(blob));
        registry.createContext("/v2/library/busybox/blobs/" + digest, exchange -> {
            exchange.sendResponseHeaders(200, blob.length);
            try (var body = exchange.getResponseBody()) {
                body.write(blob);
            }
        });
        ends.join("one");
        try (HttpServerLink link = ends.dial("one")) {
            LinkImageSource images = new LinkImageSource(link);
            try (InputStream in = images.blob("library/busybox", digest)) {
                assertThat(in.readAllBytes()).isEqualTo(blob);
            }
            assertThatThrownBy(() -> images.manifest("library/busybox", digest))
                    .isInstanceOfSatisfying(
                            EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.REFUSED));
            assertThatThrownBy(() -> images.blob("library/../../x", digest)).isInstanceOf(EngineException.class);
            registry.stop(0);
            assertThatThrownBy(() -> images.blob("library/busybox", digest))
                    .isInstanceOfSatisfying(
                            EngineException.class,
                            e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.UNAVAILABLE));
        }
    }

    private String refused(String token, String name, String request) {
        Joins.Outcome outcome = ends.joins.join(new Link.JoinRequest(token, new Name(name), request));
        return outcome instanceof Joins.Outcome.Refused(String code, String _) ? code : "joined";
    }

    private static Link.Observation observation(UUID id, InstanceSeen seen) {
        return new Link.Observation(
                1,
                "boot",
                true,
                List.of(new Link.SeenOf(id, seen)),
                List.of(),
                Digests.ofSeen(Map.of(id, seen)),
                Optional.empty(),
                List.of(),
                List.of(),
                true,
                false);
    }

    private static InstanceSeen seen(HostId host) {
        return new InstanceSeen(
                host,
                1,
                Phase.RUNNING,
                true,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                "",
                "",
                0,
                "digest",
                Optional.of("boot"),
                Optional.empty());
    }
}
