package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Instant;
import java.util.Locale;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Clock;
import yunqi.core.image.ImageLimits;
import yunqi.core.wire.Api;
import yunqi.core.wire.Link;
import yunqi.drivers.fake.FakeIntake;
import yunqi.drivers.fake.Faults;
import yunqi.server.access.Access;
import yunqi.server.agents.HostLink;
import yunqi.server.agents.Joins;
import yunqi.server.audit.AuditTrail;
import yunqi.server.http.Http;
import yunqi.server.http.Measures;
import yunqi.server.http.OpenApi;
import yunqi.server.http.Right;
import yunqi.server.http.Route;
import yunqi.server.store.MemoryAudit;
import yunqi.server.store.MemoryStore;
import yunqi.server.streams.Streams;
import yunqi.server.tls.Authorities;
import yunqi.server.tls.Authority;

/** The API's description says all that the API does. */
final class DescriptionTest {
    private final Http.Table table;
    private final JsonNode description;

    DescriptionTest(@org.junit.jupiter.api.io.TempDir java.nio.file.Path folder) throws Exception {
        Clock clock = () -> Instant.EPOCH;
        MemoryStore store = new MemoryStore(clock);
        Authority authority = Authorities.open(folder, clock);
        Joins joins = new Joins(store, authority, new HostLink(store, clock), new Link.Site("", ""), clock);
        table = ApiTable.of(
                new ApiTable.Parts(
                        store,
                        clock,
                        new Streams(),
                        new Access(store, clock, Access.Settings.USUAL),
                        joins,
                        new Http.Books(new Measures(), AuditTrail.open(new MemoryAudit(), clock, "server-1"))),
                new ApiTable.Images(new FakeIntake(Faults.NONE), new FakeIntake(Faults.NONE), ImageLimits.USUAL),
                new Api.Version("0.1.0", "v1", false, ""),
                URI.create("http://127.0.0.1:1"));
        description = OpenApi.of(table.routes(), table.sockets(), "0.1.0");
    }

    @Test
    void everyRouteIsInIt() {
        assertThat(table.routes()).hasSizeGreaterThan(30);
        for (Route route : table.routes()) {
            JsonNode operation = description
                    .path("paths")
                    .path(route.path())
                    .path(route.method().name().toLowerCase(Locale.ROOT));
            assertThat(operation.path("summary").asText()).as(route.path()).isEqualTo(route.summary());
            assertThat(operation.has("security")).as(route.path()).isEqualTo(route.right() != Right.ANYONE);
            assertThat(operation.has("requestBody"))
                    .as(route.path())
                    .isEqualTo(route.form().request().isPresent());
        }
        table.sockets()
                .forEach(socket ->
                        assertThat(description.path("paths").has(socket.path())).isTrue());
    }

    @Test
    void operationsHaveNamesOfTheirOwn() {
        TreeSet<String> ids = new TreeSet<>();
        int operations = 0;
        for (JsonNode path : description.path("paths")) {
            for (JsonNode operation : path) {
                ids.add(operation.path("operationId").asText());
                operations++;
            }
        }
        assertThat(ids).hasSize(operations);
    }

    @Test
    void everySchemaThatIsReferredToIsThere() {
        for (JsonNode reference : description.findValues("$ref")) {
            String pointer = reference.asText().substring(1);
            assertThat(description.at(pointer).isObject()).as(pointer).isTrue();
        }
    }

    @Test
    void specsSayWhatMayBeLeftOut() {
        JsonNode spec = description.at("/components/schemas/InstanceSpec");
        assertThat(spec.get("required").toString()).isEqualTo("[\"type\",\"image\"]");
        assertThat(spec.at("/properties/flavor/default").asText()).isEqualTo("small");
        assertThat(spec.at("/properties/type/enum").toString()).isEqualTo("[\"vm\",\"container\"]");
        assertThat(description
                        .at("/components/schemas/InstanceItem/properties/status/$ref")
                        .asText())
                .isEqualTo("#/components/schemas/InstanceStatus");
    }

    @Test
    void onlyWhatMustBeIsOpenToAnyone() {
        assertThat(table.routes().stream()
                        .filter(route -> route.right() == Right.ANYONE)
                        .map(route -> route.method() + " " + route.path()))
                .containsExactlyInAnyOrder(
                        "GET /v1/version",
                        "GET /healthz",
                        "GET /v1/openapi.json",
                        "POST /v1/join",
                        "POST /v1/login",
                        "POST /v1/login/oidc",
                        "POST /v1/login/oidc/finish");
    }
}
