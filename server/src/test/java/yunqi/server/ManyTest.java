package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.server.Tenants.made;
import static yunqi.server.Tenants.refused;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.audit.AuditEntry;
import yunqi.server.ApiForTests.Answer;
import yunqi.server.store.Audit;
import yunqi.server.store.Audit.Asked;

/** Many instances by one request: each has an answer and an entry of the audit of its own. */
final class ManyTest {
    private static final String PATH = "/v1/projects/red/instances";
    private static final String SPEC = "{\"type\":\"container\",\"image\":\"busybox\"}";
    private final Tenants api = new Tenants();

    ManyTest() throws Exception {}

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    private static String item(String name, String spec) {
        return "{\"name\":\"" + name + "\",\"labels\":{\"n\":\"1\"},\"spec\":" + spec + "}";
    }

    private Answer post(String token, String... items) throws Exception {
        return api.as(token, "POST", PATH, "{\"items\":[" + String.join(",", items) + "]}");
    }

    @Test
    void eachIsMadeOrRefusedAsIfItCameAlone() throws Exception {
        made(api.put(PATH + "/there", "{\"spec\":" + SPEC + "}"));
        String before = api.get(PATH + "/there").text();
        String alice = api.token("alice", "{\"name\":\"a\"}");

        Answer answer = post(
                alice,
                item("one", SPEC),
                item("there", SPEC.replace("busybox", "nothing")),
                item("Bad Name", SPEC),
                item("lost", SPEC.replace("busybox", "nothing")),
                item("odd", "{\"type\":\"container\",\"image\":\"busybox\",\"colour\":1}"),
                item("two", SPEC),
                item("two", SPEC));

        assertThat(answer.status()).isEqualTo(200);
        List<String> results = new ArrayList<>();
        answer.json().path("results").forEach(result -> results.add(words(result)));
        assertThat(results)
                .containsExactly(
                        "one 201",
                        "there 409 name-taken",
                        "Bad Name 422 bad-value name",
                        "lost 422 unknown-image spec.image",
                        "odd 422 bad-value spec.colour",
                        "two 201",
                        "two 409 name-taken");
        Answer one = api.get(PATH + "/one");
        assertThat(one.at("/id")).isEqualTo(answer.at("/results/0/id"));
        assertThat(one.at("/labels/n")).isEqualTo("1");
        assertThat(api.get(PATH + "/there").text()).isEqualTo(before);
        assertThat(api.get("/v1/projects/red").at("/status/used/instances")).isEqualTo("4");
        assertThat(told(answer, 8))
                .containsExactlyInAnyOrder(
                        "one 201", "there 409", "(no name) 422", "lost 422", "odd 422", "two 201", "two 409", " 200");
    }

    private static String words(JsonNode result) {
        JsonNode problem = result.path("problem");
        return (result.path("name").asText() + " " + result.path("status").asInt() + " "
                        + problem.path("code").asText("") + " "
                        + problem.path("field").asText(""))
                .strip();
    }

    private List<String> told(Answer answer, int count) throws Exception {
        return Eventually.within(
                Duration.ofSeconds(30), "its entries", () -> entries(answer), list -> list.size() == count);
    }

    private List<String> entries(Answer answer) {
        return api.raw().audit.list(Asked.after(0, Audit.PAGE_LIMIT)).stream()
                .filter(entry -> entry.request().equals(answer.header("X-Request-Id")))
                .map(ManyTest::words)
                .toList();
    }

    private static String words(AuditEntry entry) {
        assertThat(entry.who().name()).isEqualTo("alice");
        return entry.what().name() + " " + entry.outcome().status();
    }

    @Test
    void quotaIsNeverOversoldByOneRequest() throws Exception {
        api.put("/v1/projects/red", "{\"spec\":{\"quota\":{\"instances\":5}}}");
        int there = Integer.parseInt(api.get("/v1/projects/red").at("/status/used/instances"));
        List<String> items = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            items.add(item("i" + i, SPEC));
        }

        Answer answer = post(api.raw().token, items.toArray(String[]::new));

        List<Integer> statuses = new ArrayList<>();
        answer.json()
                .path("results")
                .forEach(result -> statuses.add(result.path("status").asInt()));
        assertThat(statuses).filteredOn(status -> status == 201).hasSize(5 - there);
        assertThat(statuses).filteredOn(status -> status == 409).hasSize(15 + there);
        assertThat(answer.at("/results/19/problem/code")).isEqualTo("quota-exceeded");
        assertThat(api.get("/v1/projects/red").at("/status/used/instances")).isEqualTo("5");
    }

    @Test
    void whoMayNotMakeOneMayNotMakeManyAndManyIsBounded() throws Exception {
        String bob = api.token("bob", "{\"name\":\"b\"}");
        assertThat(post(bob, item("one", SPEC)).status()).isEqualTo(404);
        refused(post(api.raw().token), 422, "bad-value", "0 things: send 1 to 1000 at once");
        List<String> items = new ArrayList<>();
        for (int i = 0; i < 1_001; i++) {
            items.add(item("i" + i, "{}"));
        }
        refused(post(api.raw().token, items.toArray(String[]::new)), 422, "bad-value", "1001 things");
    }
}
