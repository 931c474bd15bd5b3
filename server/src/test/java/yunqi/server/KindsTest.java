package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.core.host.HostId;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.wire.Wire;
import yunqi.server.ApiForTests.Answer;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Row;
import yunqi.server.store.Write;

/** What is particular about each kind, over real HTTPS. */
final class KindsTest {
    private static final String WEB =
            "{\"labels\":{\"tier\":\"web\"},\"spec\":{\"type\":\"container\",\"image\":\"busybox\"}}";

    private final Instant now = ApiForTests.BEGIN;
    private final ApiForTests api;

    KindsTest() throws Exception {
        api = ApiForTests.on(new MemoryStore(() -> now), () -> now);
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    @Test
    void aNewProjectHasItsNetworkAndGoesOnlyWhenEmpty() throws Exception {
        assertThat(api.put("/v1/projects/shop", "{\"spec\":{\"description\":\"ours\"}}")
                        .status())
                .isEqualTo(201);
        Answer project = api.get("/v1/projects/shop");
        assertThat(project.json().get("status").toString())
                .isEqualTo(
                        "{\"state\":\"ready\",\"message\":\"in use\",\"since\":\"2026-03-01T10:00:00Z\","
                                + "\"instances\":0,\"networks\":1,\"images\":0,\"used\":{\"instances\":0,\"vcpus\":0,\"memory\":\"0\",\"disk\":\"0\",\"addresses\":0}}");
        api.image("busybox", "container", "16MiB");
        api.put("/v1/projects/shop/instances/web", WEB);
        refused(
                api.delete("/v1/projects/shop"),
                409,
                "not-empty",
                "project 'shop' holds 1 instance (web), 1 network (default)");
        remove("/v1/projects/shop/instances/web");
        refused(api.delete("/v1/projects/shop"), 409, "not-empty", "holds 1 network (default)");
        remove("/v1/projects/shop/networks/default");
        assertThat(api.delete("/v1/projects/shop").status()).isEqualTo(202);
        refused(api.get("/v1/projects/shop"), 404, "not-found", "");
        refused(api.put("/v1/projects/shop/instances/web", WEB), 404, "not-found", "there is no project 'shop'");
        assertThat(api.put("/v1/projects/shop", "{}").status()).isEqualTo(201);
    }

    @Test
    void everythingTellsItsStoryAndHowItIs() throws Exception {
        api.image("busybox", "container", "16MiB");
        api.host("h1", 4, Bytes.gibibytes(8), now);
        String web = "/v1/projects/default/instances/web";
        api.put(web, WEB);
        api.put(web, WEB.replace("\"busybox\"", "\"busybox\",\"command\":[\"sleep\",\"9\"]"));
        Answer events = api.get(web + "/events");
        assertThat(events.at("/items/0/what")).isEqualTo("created");
        assertThat(events.at("/items/1/what")).isEqualTo("changed");
        assertThat(events.at("/items/1/message"))
                .as("names of fields, no values: they may be secrets")
                .isEqualTo("as asked: command");
        assertThat(events.json().at("/version").asLong()).isPositive();
        api.delete(web);
        assertThat(api.get(web + "/events").at("/items/2/what")).isEqualTo("deleted");

        Answer why = api.get(web + "/explanation");
        assertThat(why.at("/hosts/0/host")).isEqualTo("h1");
        assertThat(why.at("/hosts/0/able")).isEqualTo("true");
        assertThat(why.at("/hosts/0/reason")).startsWith("the best: ");
        assertThat(why.at("/needs")).contains("vCPU", "dockerd");
        refused(api.get("/v1/projects/default/instances/none/events"), 404, "not-found", "");

        for (String list : List.of(
                "/v1/projects",
                "/v1/hosts",
                "/v1/flavors",
                "/v1/projects/library/images",
                "/v1/projects/default/networks",
                "/v1/projects/default/instances")) {
            Answer all = api.get(list);
            assertThat(all.json().at("/items")).as(list).isNotEmpty();
            all.json().at("/items").forEach(item -> {
                assertThat(item.at("/status/state").asText()).as(list).isNotBlank();
                assertThat(item.at("/status/message").asText()).as(list).isNotBlank();
                assertThat(item.at("/status/since").asText()).as(list).isNotBlank();
            });
        }
    }

    @Test
    void theBuiltInProjectsStay() throws Exception {
        refused(api.delete("/v1/projects/default"), 409, "built-in", "");
        refused(api.delete("/v1/projects/library"), 409, "built-in", "");
    }

    @Test
    void networksOfOneProjectDoNotOverlapAndKeepTheirBlock() throws Exception {
        String networks = "/v1/projects/default/networks/";
        refused(
                api.put(networks + "b", "{\"spec\":{\"cidr\":\"10.0.0.128/25\"}}"),
                422,
                "overlap",
                "10.0.0.128/25 overlaps 10.0.0.0/24 of network 'default'");
        refused(api.put(networks + "b", "{\"spec\":{\"cidr\":\"10.1.0.1/24\"}}"), 422, "bad-value", "10.1.0.0/24?");
        assertThat(api.put(networks + "b", "{\"spec\":{\"cidr\":\"10.1.0.0/24\"}}")
                        .status())
                .isEqualTo(201);
        assertThat(api.put(networks + "b", "{\"spec\":{\"cidr\":\"10.1.0.0/24\"}}")
                        .status())
                .isEqualTo(200);
        refused(api.put(networks + "b", "{\"spec\":{\"cidr\":\"10.2.0.0/24\"}}"), 422, "cidr-is-fixed", "");
        Answer network = api.get(networks + "b");
        assertThat(network.json().get("status").toString())
                .isEqualTo(
                        "{\"state\":\"waiting\",\"message\":\"waits to be set up\",\"since\":\"2026-03-01T10:00:00Z\","
                                + "\"gateway\":\"10.1.0.1\",\"domain\":\"default.internal\",\"taken\":0,\"free\":253}");
        assertThat(api.put("/v1/projects/other", "{}").status()).isEqualTo(201);
        assertThat(api.put("/v1/projects/other/networks/b", "{\"spec\":{\"cidr\":\"10.1.0.0/24\"}}")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void aNetworkWithInstancesStays() throws Exception {
        api.image("busybox", "container", "16MiB");
        api.put("/v1/projects/default/instances/web", WEB);
        refused(
                api.delete("/v1/projects/default/networks/default"),
                409,
                "in-use",
                "network 'default' has instance default/web in it");
        remove("/v1/projects/default/instances/web");
        Answer deleted = api.delete("/v1/projects/default/networks/default");
        assertThat(deleted.status()).isEqualTo(202);
        assertThat(deleted.at("/status/state")).isEqualTo("deleting");
        refused(
                api.put("/v1/projects/default/instances/web", WEB),
                422,
                "unknown-network",
                "there is no network 'default'");
    }

    @Test
    void imagesOfTheLibraryAreForAll() throws Exception {
        api.image("busybox", "container", "16MiB");
        assertThat(ApiTest.names(api.get("/v1/projects/default/images"))).isEqualTo("busybox");
        assertThat(api.get("/v1/projects/default/images/busybox").at("/project"))
                .isEqualTo("library");
        api.put("/v1/projects/default/instances/web", WEB);
        refused(
                api.delete("/v1/projects/library/images/busybox"),
                409,
                "in-use",
                "the image 'busybox' is used by instance default/web");
        refused(api.delete("/v1/projects/default/images/busybox"), 404, "not-found", "");
        remove("/v1/projects/default/instances/web");
        assertThat(api.delete("/v1/projects/library/images/busybox").status()).isEqualTo(202);
        assertThat(ApiTest.names(api.get("/v1/projects/library/images"))).isEmpty();
        refused(
                api.put(
                        "/v1/projects/library/images/x",
                        "{\"spec\":{\"type\":\"vm\",\"repository\":\"A B\",\"digest\":\"sha256:" + "0".repeat(64)
                                + "\",\"size\":\"1\"}}"),
                422,
                "bad-value",
                "'A B' is not a repository");
    }

    @Test
    void aFlavorInUseStays() throws Exception {
        api.image("busybox", "container", "16MiB");
        api.put("/v1/projects/default/instances/web", WEB);
        refused(api.delete("/v1/flavors/small"), 409, "in-use", "is used by instance default/web");
        assertThat(api.delete("/v1/flavors/large").status()).isEqualTo(202);
        refused(api.get("/v1/flavors/large"), 404, "not-found", "");
        assertThat(api.put("/v1/flavors/huge", "{\"spec\":{\"vcpus\":64,\"memory\":\"256GiB\",\"disk\":\"1TiB\"}}")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void hostsComeByJoiningAndLeaveWhenNothingIsOnThem() throws Exception {
        refused(api.put("/v1/hosts/host-1", "{}"), 409, "hosts-join", "");
        UUID host = api.host("host-1", 4, Bytes.gibibytes(8), now);
        Answer shown = api.get("/v1/hosts/host-1");
        assertThat(shown.at("/status/state")).isEqualTo("ready");
        assertThat(shown.json().at("/status/capacity").toString())
                .isEqualTo("{\"milliCpus\":16000,\"memory\":\"7GiB\",\"disk\":\"100GiB\"}");
        assertThat(api.put("/v1/hosts/host-1", "{\"spec\":{\"schedulable\":false}}")
                        .at("/status/state"))
                .isEqualTo("closed");
        api.image("busybox", "container", "16MiB");
        api.put("/v1/projects/default/instances/web", WEB);
        Row web = row("/v1/projects/default/instances/web");
        InstanceDecided decided = new InstanceDecided(
                Optional.of(new HostId(host)),
                1,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.of(now),
                "the only one",
                Optional.empty());
        api.must(new Write.Decide(web.id(), 1, 0, Wire.write(decided), Optional.of(host)));
        Answer placed = api.get("/v1/projects/default/instances/web");
        assertThat(placed.at("/status/host")).isEqualTo("host-1");
        assertThat(placed.at("/status/placement")).isEqualTo("the only one");
        refused(api.delete("/v1/hosts/host-1"), 409, "in-use", "default/web");
        api.delete("/v1/projects/default/instances/web");
        api.must(new Write.Remove(web.id(), 1));
        assertThat(api.delete("/v1/hosts/host-1").status()).isEqualTo(202);
        refused(api.get("/v1/hosts/host-1"), 404, "not-found", "");
    }

    @Test
    void listsComeInPagesAndByLabels() throws Exception {
        api.image("busybox", "container", "16MiB");
        for (String name : List.of("a", "b", "c", "d", "e")) {
            String tier = name.compareTo("c") < 0 ? "web" : "db";
            api.put("/v1/projects/default/instances/" + name, WEB.replace("web", tier));
        }
        Answer first = api.get("/v1/projects/default/instances?limit=2");
        assertThat(ApiTest.names(first)).isEqualTo("a b");
        Answer second = api.get("/v1/projects/default/instances?limit=2&after=" + first.at("/next"));
        assertThat(ApiTest.names(second)).isEqualTo("c d");
        Answer third = api.get("/v1/projects/default/instances?limit=2&after=" + second.at("/next"));
        assertThat(ApiTest.names(third)).isEqualTo("e");
        assertThat(third.json().has("next")).isFalse();
        assertThat(ApiTest.names(api.get("/v1/projects/default/instances?labels=tier=db")))
                .isEqualTo("c d e");
        assertThat(ApiTest.names(api.get("/v1/projects/default/instances?labels=tier=db,x=y")))
                .isEmpty();
    }

    @Test
    void aHostJoinsWithATokenOnce() throws Exception {
        Answer token = api.post("/v1/join-tokens", "");
        assertThat(token.status()).isEqualTo(201);
        assertThat(token.at("/expires")).isEqualTo("2026-03-01T11:00:00Z");
        String request = Wire.write(new yunqi.core.wire.Link.JoinRequest(
                token.at("/token"), new yunqi.core.base.Name("h1"), CertificateRequests.fresh()));
        java.net.http.HttpRequest join = java.net.http.HttpRequest.newBuilder(api.uri("/v1/join"))
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(request))
                .build();
        Answer joined = api.send(join);
        assertThat(joined.status()).as(joined.text()).isEqualTo(200);
        assertThat(joined.at("/authority")).isEqualTo(api.authority);
        assertThat(ApiTest.names(api.get("/v1/hosts"))).isEqualTo("h1");
        refused(api.send(join), 401, "bad-token", "");
    }

    /** What control does once a thing's engine has let it go. */
    private void remove(String path) throws Exception {
        api.delete(path);
        Row row = row(path);
        api.must(new Write.Remove(row.id(), row.meta().decision()));
    }

    private Row row(String path) throws Exception {
        return api.store.get(UUID.fromString(api.get(path).at("/id"))).orElseThrow();
    }

    private static void refused(Answer answer, int status, String code, String words) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.at("/code")).as(answer.text()).isEqualTo(code);
        assertThat(answer.at("/detail")).contains(words);
    }
}
