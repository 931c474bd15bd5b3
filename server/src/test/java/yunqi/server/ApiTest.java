package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.server.ApiForTests.Answer;
import yunqi.server.network.NetworkTable;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Write;

/** What the API does in good cases and in bad, over real HTTPS. */
final class ApiTest {
    private static final String INSTANCES = "/v1/projects/default/instances/";
    private static final String WEB = "{\"spec\":{\"type\":\"container\",\"image\":\"busybox\"}}";

    private Instant now = ApiForTests.BEGIN;
    private final ApiForTests api;

    ApiTest() throws Exception {
        api = ApiForTests.on(new MemoryStore(() -> now), () -> now);
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    @Test
    void withoutATokenOrWithAWrongOneNothingIsDone() throws Exception {
        HttpRequest.Builder bare = HttpRequest.newBuilder(api.uri("/v1/projects"));
        Answer none = api.send(bare.build());
        assertThat(none.status()).isEqualTo(401);
        assertThat(none.at("/code")).isEqualTo("unauthorized");
        assertThat(none.header("WWW-Authenticate")).contains("Bearer").contains("Basic");
        for (String wrong : new String[] {"Bearer " + "0".repeat(64), "Bearer", "Basic ???", "Digest x", api.token}) {
            assertThat(api.send(bare.copy().header("Authorization", wrong).build())
                            .status())
                    .as(wrong)
                    .isEqualTo(401);
        }
        String basic = Base64.getEncoder().encodeToString(("anyone:" + api.token).getBytes(StandardCharsets.UTF_8));
        assertThat(api.send(bare.copy()
                                .header("Authorization", "Basic " + basic)
                                .build())
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aJoinTokenIsNoOperatorsToken() throws Exception {
        String join = api.post("/v1/join-tokens", "").at("/token");
        assertThat(join).matches("[0-9a-f]{64}");
        HttpRequest request = HttpRequest.newBuilder(api.uri("/v1/projects"))
                .header("Authorization", "Bearer " + join)
                .build();
        assertThat(api.send(request).status()).isEqualTo(401);
    }

    @Test
    void versionAndHealthAreForAnyone() throws Exception {
        Answer version = api.send(HttpRequest.newBuilder(api.uri("/v1/version")).build());
        assertThat(version.at("/version")).isEqualTo("0.1.0");
        assertThat(api.send(HttpRequest.newBuilder(api.uri("/healthz")).build()).text())
                .isEqualTo("{\"state\":\"ok\"}");
        assertThat(api.send(HttpRequest.newBuilder(api.uri("/metrics")).build()).status())
                .isEqualTo(401);
    }

    @Test
    void theFirstStartMakesProjectsAndFlavors() throws Exception {
        assertThat(names(api.get("/v1/projects"))).isEqualTo("default library");
        assertThat(names(api.get("/v1/flavors"))).isEqualTo("large medium small tiny");
        assertThat(api.get("/v1/flavors/tiny").json().get("spec").toString())
                .isEqualTo("{\"vcpus\":1,\"memory\":\"128MiB\",\"disk\":\"1GiB\"}");
        assertThat(api.get("/v1/projects/default/networks/default")
                        .json()
                        .get("spec")
                        .toString())
                .isEqualTo("{\"cidr\":\"10.0.0.0/24\"}");
    }

    @Test
    void anItemHasThisForm() throws Exception {
        api.image("busybox", "container", "16MiB");
        Answer made = api.put(INSTANCES + "web", WEB);
        assertThat(made.status()).isEqualTo(201);
        assertThat(made.header("ETag")).isEqualTo("\"1\"");
        String id = made.at("/id");
        String version = made.at("/version");
        assertThat(made.text()).isEqualTo("""
                {"kind":"instance","project":"default","name":"web","id":"ID","generation":1,"version":VERSION,\
                "created":"2026-03-01T10:00:00Z","labels":{},\
                "spec":{"type":"container","image":"busybox","flavor":"small","networks":[{"network":"default"}],\
                "running":true,"restart":"always","command":[],"env":{},"keys":[],"hostLabels":{},"restarts":0},\
                "status":{"state":"waiting","message":"waits for a host to be chosen","since":"2026-03-01T10:00:00Z",\
                "ready":false,"addresses":[],"nics":[],"epoch":0,"restarts":0,"placement":""}}""".replace("ID", id).replace("VERSION", version));
        assertThat(api.get(INSTANCES + "web").text()).isEqualTo(made.text());
    }

    @Test
    void aRefusalHasThisForm() throws Exception {
        Answer refused = api.put(INSTANCES + "web", WEB.replace("busybox", "busibox"));
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.header("Content-Type")).startsWith("application/problem+json");
        assertThat(refused.text()).isEqualTo("""
                {"type":"urn:yunqi:problem:unknown-image","title":"That cannot be","status":422,"code":"unknown-image",\
                "field":"spec.image","detail":"there is no image 'busibox'","hint":"'yunqi image list' shows all",\
                "request":"REQUEST"}""".replace("REQUEST", refused.header("X-Request-Id")));
    }

    @Test
    void declaringAgainChangesOnlyWhatIsDifferent() throws Exception {
        api.image("busybox", "container", "16MiB");
        api.put(INSTANCES + "web", WEB);
        assertThat(api.put(INSTANCES + "web", WEB).at("/generation")).isEqualTo("1");
        Answer stopped = api.put(INSTANCES + "web", WEB.replace("}}", ",\"running\":false}}"));
        assertThat(stopped.status()).isEqualTo(200);
        assertThat(stopped.at("/generation")).isEqualTo("2");
        assertThat(stopped.at("/spec/running")).isEqualTo("false");
    }

    @Test
    void conditionsAreKept() throws Exception {
        api.image("busybox", "container", "16MiB");
        assertThat(api.put(INSTANCES + "web", WEB, "If-None-Match", "*").status())
                .isEqualTo(201);
        refused(api.put(INSTANCES + "web", WEB, "If-None-Match", "*"), 409, "name-taken", "");
        String changed = WEB.replace("}}", ",\"running\":false}}");
        refused(api.put(INSTANCES + "web", changed, "If-Match", "\"7\""), 412, "stale", "");
        assertThat(api.put(INSTANCES + "web", changed, "If-Match", "\"1\"").status())
                .isEqualTo(200);
        refused(api.delete(INSTANCES + "web", "If-Match", "\"1\""), 412, "stale", "");
        refused(api.put(INSTANCES + "new", WEB, "If-Match", "\"1\""), 412, "stale", "");
        field(api.put(INSTANCES + "web", WEB, "If-Match", "seven"), "If-Match");
    }

    @Test
    void deletingMarksAndIsThenRefusedToBeChanged() throws Exception {
        api.image("busybox", "container", "16MiB");
        api.put(INSTANCES + "web", WEB);
        Answer deleted = api.delete(INSTANCES + "web");
        assertThat(deleted.status()).isEqualTo(202);
        assertThat(deleted.at("/deleted")).isEqualTo("2026-03-01T10:00:00Z");
        assertThat(deleted.at("/status/state")).isEqualTo("deleting");
        assertThat(api.delete(INSTANCES + "web").status()).isEqualTo(202);
        refused(api.put(INSTANCES + "web", WEB), 409, "being-deleted", "");
        refused(api.delete(INSTANCES + "other"), 404, "not-found", "");
    }

    @Test
    void aRestartIsCountedAndKeptByDeclaring() throws Exception {
        api.image("busybox", "container", "16MiB");
        api.put(INSTANCES + "web", WEB);
        assertThat(api.post(INSTANCES + "web/restart", "").at("/spec/restarts")).isEqualTo("1");
        assertThat(api.put(INSTANCES + "web", WEB).at("/spec/restarts")).isEqualTo("1");
        api.put(INSTANCES + "web", WEB.replace("}}", ",\"running\":false}}"));
        refused(api.post(INSTANCES + "web/restart", ""), 409, "not-running", "");
    }

    @Test
    void instancesThatCouldNeverBeAreRefused() throws Exception {
        api.image("busybox", "container", "16MiB");
        api.image("tiny", "vm", "192MiB");
        api.host("host-1", 2, Bytes.gibibytes(4), now);
        refused(instance("\"image\":\"tinny\",\"type\":\"vm\""), 422, "unknown-image", "did you mean 'tiny'?");
        refused(instance("\"image\":\"busybox\",\"type\":\"vm\""), 422, "image-type", "is for a container");
        refused(instance("\"image\":\"tiny\",\"type\":\"vm\",\"flavor\":\"smal\""), 422, "unknown-flavor", "'small'?");
        refused(
                instance("\"image\":\"tiny\",\"type\":\"vm\",\"flavor\":\"tiny\""),
                422,
                "too-little-memory",
                "needs 192MiB");
        refused(
                instance("\"image\":\"tiny\",\"type\":\"vm\",\"networks\":[{\"network\":\"defalt\"}]"),
                422,
                "unknown-network",
                "'default'?");
        refused(instance("\"image\":\"tiny\",\"type\":\"vm\",\"host\":\"host-2\""), 422, "unknown-host", "'host-1'?");
        Answer large = instance("\"image\":\"tiny\",\"type\":\"vm\",\"flavor\":\"large\"");
        refused(large, 422, "no-room", "host-1: has 3072 MiB memory in all, 8192 MiB needed");
        assertThat(large.at("/field")).isEqualTo("spec.flavor");
        refused(address("10.0.1.5"), 422, "bad-address", "is not in network");
        refused(address("10.0.0.1"), 422, "bad-address", "kept for the network");
        refused(address("10.0.0.300"), 422, "bad-value", "not an IPv4 address");
        assertThat(api.get("/v1/projects/default/instances").json().get("items").size())
                .isZero();
    }

    @Test
    void aTypeIsForLife() throws Exception {
        api.image("busybox", "container", "16MiB");
        api.image("tiny", "vm", "16MiB");
        api.put(INSTANCES + "web", WEB);
        refused(
                api.put(INSTANCES + "web", "{\"spec\":{\"type\":\"vm\",\"image\":\"tiny\"}}"),
                422,
                "type-is-fixed",
                "");
    }

    @Test
    void aTakenAddressIsRefused() throws Exception {
        api.image("busybox", "container", "16MiB");
        api.put(INSTANCES + "web", WEB);
        java.util.UUID owner =
                java.util.UUID.fromString(api.get(INSTANCES + "web").at("/id"));
        UUID network =
                UUID.fromString(api.get("/v1/projects/default/networks/default").at("/id"));
        api.must(new Write.Claim(NetworkTable.addresses(network), "10.0.0.9", owner));
        refused(address("10.0.0.9"), 422, "address-taken", "belongs to another");
        assertThat(api.get("/v1/projects/default/networks/default").at("/status/taken"))
                .isEqualTo("1");
    }

    @Test
    void malformedRequestsSayWhere() throws Exception {
        api.image("busybox", "container", "16MiB");
        Answer broken = api.put(INSTANCES + "web", "{\"spec\":\n  {\"type\" \"vm\"}}");
        refused(broken, 400, "bad-json", "line 2, column");
        field(api.put(INSTANCES + "web", WEB.replace("type", "tipe")), "spec.tipe");
        field(api.put(INSTANCES + "web", "{\"spec\":{\"type\":\"container\"}}"), "spec.image");
        field(api.put(INSTANCES + "web", "{\"specs\":{}}"), "specs");
        field(api.put(INSTANCES + "web", ""), "body");
        field(api.put(INSTANCES + "web", "{\"labels\":{\"A B\":\"x\"},\"spec\":{}}"), "labels.A B");
        field(api.put(INSTANCES + "Web", WEB), "name");
        field(api.get("/v1/projects/default/instances?limit=0"), "limit");
        field(api.get("/v1/projects/default/instances?limit=1001"), "limit");
        field(api.get("/v1/projects/default/instances?limit=99999999999"), "limit");
        field(api.get("/v1/projects/default/instances?lables=a=b"), "lables");
        field(api.get("/v1/projects/default/instances?labels=a"), "labels");
        refused(api.get("/v1/projects/defautl/instances"), 404, "not-found", "did you mean 'default'?");
        refused(api.get("/v2nope"), 404, "no-such-path", "");
        Answer method = api.post("/v1/projects", "{}");
        refused(method, 405, "method-not-allowed", "");
        assertThat(method.header("Allow")).isEqualTo("GET");
        refused(api.get("/v1/projects/default/instances/a%2Fb"), 400, "bad-request", "");
    }

    @Test
    void aBodyOfMoreThanAMebibyteIsRefused() throws Exception {
        String large = "{\"spec\":{\"userData\":\"" + "x".repeat(1 << 20) + "\"}}";
        refused(api.put(INSTANCES + "web", large), 413, "too-large", "");
    }

    private Answer instance(String spec) throws Exception {
        return api.put(INSTANCES + "x", "{\"spec\":{" + spec + "}}");
    }

    private Answer address(String address) throws Exception {
        return instance(
                "\"image\":\"busybox\",\"type\":\"container\",\"networks\":[{\"network\":\"default\",\"address\":\""
                        + address + "\"}]");
    }

    private static void refused(Answer answer, int status, String code, String words) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.at("/code")).as(answer.text()).isEqualTo(code);
        assertThat(answer.at("/detail")).contains(words);
    }

    private static void field(Answer answer, String field) {
        refused(answer, 422, "bad-value", "");
        assertThat(answer.at("/field")).as(answer.text()).isEqualTo(field);
    }

    static String names(Answer list) {
        StringBuilder names = new StringBuilder();
        for (JsonNode item : list.json().get("items")) {
            names.append(names.isEmpty() ? "" : " ").append(item.get("name").asText());
        }
        return names.toString();
    }
}
