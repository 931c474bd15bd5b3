package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.server.Tenants.WEB;
import static yunqi.server.Tenants.made;
import static yunqi.server.Tenants.refused;
import static yunqi.server.Tenants.together;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.server.ApiForTests.Answer;

/** Quota over real HTTPS: never oversold, never leaked, and refused in words that help. */
final class QuotaTest {
    private final Tenants api = new Tenants();

    QuotaTest() throws Exception {}

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    @Test
    void theLastUnitOfQuotaGoesToExactlyOne() throws Exception {
        api.put("/v1/projects/red", "{\"spec\":{\"quota\":{\"instances\":2}}}");
        String alice = api.token("alice", "{\"name\":\"a\"}");
        List<Answer> answers = together(200, i -> api.as(alice, "PUT", "/v1/projects/red/instances/i" + i, WEB));
        Map<Integer, Integer> byStatus = new TreeMap<>();
        answers.forEach(answer -> byStatus.merge(answer.status(), 1, Integer::sum));
        assertThat(byStatus).isEqualTo(Map.of(201, 1, 409, 199));
        answers.stream()
                .filter(answer -> answer.status() == 409)
                .forEach(answer -> refused(
                        answer,
                        409,
                        "quota-exceeded",
                        "the quota of project 'red' has no room for it: instances: 1 wanted, 2 of 2 in use"));
        assertThat(api.get("/v1/projects/red").at("/status/used/instances")).isEqualTo("2");
    }

    @Test
    void aQuotaNamesWhatIsTooMuch() throws Exception {
        made(api.put("/v1/projects/green", """
                {"spec":{"quota":{"vcpus":3,"memory":"600MiB","disk":"12GiB","addresses":2}}}"""));
        String path = "/v1/projects/green/instances/";
        made(api.put(path + "one", WEB));
        Answer used = api.get("/v1/projects/green");
        assertThat(used.json().at("/status/used").toString())
                .isEqualTo("{\"instances\":1,\"vcpus\":1,\"memory\":\"512MiB\",\"disk\":\"4GiB\",\"addresses\":1}");
        Answer large = api.put(path + "large", WEB.replace("}}", ",\"flavor\":\"large\"}}"));
        refused(
                large,
                409,
                "quota-exceeded",
                "vcpus: 4 wanted, 1 of 3 in use; memory: 8GiB wanted, 512MiB of 600MiB in use; disk: 40GiB wanted, 4GiB of 12GiB in use");
        Answer tiny = api.put(path + "two", WEB.replace("}}", ",\"flavor\":\"tiny\"}}"));
        refused(tiny, 409, "quota-exceeded", "has no room for it: memory: 128MiB wanted, 512MiB of 600MiB in use");
        made(api.put("/v1/projects/green", "{\"spec\":{\"quota\":{\"vcpus\":3,\"addresses\":2}}}"));
        made(api.put(path + "two", WEB.replace("}}", ",\"flavor\":\"tiny\"}}")));
        refused(api.put(path + "three", WEB), 409, "quota-exceeded", "addresses: 1 wanted, 2 of 2 in use");
    }

    @Test
    void aLoweredQuotaStopsOnlyWhatIsNew() throws Exception {
        made(api.put("/v1/projects/red/instances/more", WEB));
        assertThat(api.put("/v1/projects/red", "{\"spec\":{\"quota\":{\"instances\":1}}}")
                        .status())
                .isEqualTo(200);
        refused(api.put("/v1/projects/red/instances/new", WEB), 409, "quota-exceeded", "1 wanted, 2 of 1 in use");
        assertThat(api.put("/v1/projects/red/instances/more", WEB.replace("}}", ",\"running\":false}}"))
                        .status())
                .isEqualTo(200);
        api.gone("/v1/projects/red/instances/more");
        api.gone("/v1/projects/red/instances/web");
        assertThat(api.get("/v1/projects/red").at("/status/used/instances")).isEqualTo("0");
        made(api.put("/v1/projects/red/instances/new", WEB));
    }

    /** Rows of a version that had no quotas: nothing is charged, and no pool is there. */
    @Test
    void whatIsChargedIsCountedFromTheRows() throws Exception {
        var row = api.store()
                .get(java.util.UUID.fromString(
                        api.get("/v1/projects/red/instances/web").at("/id")))
                .orElseThrow();
        api.raw()
                .must(
                        new yunqi.server.store.Write.Discharge("quota/red", row.id()),
                        new yunqi.server.store.Write.Unlimit("quota/red"));
        assertThat(api.get("/v1/projects/red").at("/status/used/instances")).isEqualTo("0");
        yunqi.server.instance.Charges.settle(api.store());
        yunqi.server.instance.Charges.settle(api.store());
        assertThat(api.get("/v1/projects/red").at("/status/used/instances")).isEqualTo("1");
        assertThat(api.get("/v1/projects/red").at("/status/used/memory")).isEqualTo("512MiB");
        api.put("/v1/projects/red", "{\"spec\":{\"quota\":{\"instances\":1}}}");
        refused(api.put("/v1/projects/red/instances/new", WEB), 409, "quota-exceeded", "1 of 1 in use");
    }
}
