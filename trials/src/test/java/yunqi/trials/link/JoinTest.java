package yunqi.trials.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.agent.link.HttpServerLink;
import yunqi.agent.link.Identity;
import yunqi.agent.link.Join;
import yunqi.core.base.EngineException;
import yunqi.core.base.Name;
import yunqi.core.image.ImageLimits;
import yunqi.core.wire.Api;
import yunqi.drivers.fake.FakeIntake;
import yunqi.drivers.fake.Faults;
import yunqi.server.ApiTable;
import yunqi.server.access.Access;
import yunqi.server.audit.AuditTrail;
import yunqi.server.http.Http;
import yunqi.server.http.Measures;
import yunqi.server.store.MemoryAudit;
import yunqi.server.tls.Authority;

/** A host joins over the API as {@code yunqi join} lets it, with what is in the line that {@code yunqi host token} prints. */
final class JoinTest {
    private static final Duration LIFE = Duration.ofMinutes(5);
    private static final URI NO_REGISTRY = URI.create("http://127.0.0.1:1");

    @TempDir
    Path folder;

    private TwoEnds ends;
    private AuditTrail trail;
    private Http http;
    private Identity identity;

    @BeforeEach
    void start() throws Exception {
        ends = new TwoEnds(folder, NO_REGISTRY);
        trail = AuditTrail.open(new MemoryAudit(), ends.clock, "server-1");
        Http.Books books = new Http.Books(new Measures(), trail);
        Access access = new Access(ends.store, ends.clock, Access.Settings.USUAL);
        FakeIntake images = new FakeIntake(Faults.NONE);
        Http.Table table = ApiTable.of(
                new ApiTable.Parts(ends.store, ends.clock, ends.streams, access, ends.joins, books),
                new ApiTable.Images(images, images, ImageLimits.USUAL),
                new Api.Version("0.1.0", "v1", false, ends.authority.fingerprint()),
                NO_REGISTRY);
        http = new Http(
                new Http.Listen("127.0.0.1", 0, ends.authority.api(List.of("127.0.0.1"))), table, access, books);
        http.start();
        identity = ends.identity("node");
    }

    @AfterEach
    void stop() {
        http.close();
        trail.close();
        ends.close();
    }

    private void join(String token, String authority) throws EngineException {
        URI server = URI.create("https://127.0.0.1:" + http.port());
        Join.join(identity, new Join.Invitation(server, token, authority), new Name("node"));
    }

    private void refused(EngineException.Kind kind, String why, String token, String authority) throws Exception {
        assertThatThrownBy(() -> join(token, authority))
                .hasMessageContaining(why)
                .asInstanceOf(type(EngineException.class))
                .extracting(EngineException::kind)
                .isEqualTo(kind);
        assertThat(identity.joined()).isEmpty();
    }

    @Test
    void theRightTokenBuysAnIdentityThatTheLinkKnows() throws Exception {
        join(ends.token(LIFE), ends.authority.fingerprint());
        assertThat(identity.joined()).isPresent();
        try (HttpServerLink link = ends.dial("node")) {
            assertThat(link.assignments(0, Duration.ofSeconds(1)).orElseThrow().assignments())
                    .isEmpty();
        }
    }

    @Test
    void joiningAgainIsHarmless() throws Exception {
        join(ends.token(LIFE), ends.authority.fingerprint());
        join("any token, as none is needed any more", ends.authority.fingerprint());
        assertThat(identity.joined()).isPresent();
    }

    @Test
    void aTokenThatNobodyMadeIsRefused() throws Exception {
        refused(EngineException.Kind.REFUSED, "token", "no-such-token", ends.authority.fingerprint());
    }

    @Test
    void aTokenIsGoodForOneHost() throws Exception {
        String token = ends.token(LIFE);
        join(token, ends.authority.fingerprint());
        identity = ends.identity("other");
        refused(EngineException.Kind.REFUSED, "token", token, ends.authority.fingerprint());
    }

    @Test
    void aTokenIsGoodForItsTime() throws Exception {
        String token = ends.token(LIFE);
        ends.pass(LIFE.plusSeconds(1));
        refused(EngineException.Kind.REFUSED, "token", token, ends.authority.fingerprint());
    }

    @Test
    void anotherServerGetsNoToken() throws Exception {
        String token = ends.token(LIFE);
        String other = Authority.open(folder.resolve("other-ca"), ends.clock).fingerprint();
        refused(EngineException.Kind.UNAVAILABLE, "fingerprint", token, other);
        join(token, ends.authority.fingerprint()); // it was not spent
    }
}
