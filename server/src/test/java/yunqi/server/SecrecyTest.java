package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.server.Tenants.PASSWORD;
import static yunqi.server.Tenants.WEB;
import static yunqi.server.Tenants.anonymous;
import static yunqi.server.Tenants.made;
import static yunqi.server.Tenants.refused;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.server.ApiForTests.Answer;

/** What a tenant may not know: how it is answered, and where it does not show. */
final class SecrecyTest {
    private final Tenants api = new Tenants();

    SecrecyTest() throws Exception {}

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    /** The same words, but for the name, whether a thing is another's or nobody's. */
    @Test
    void whatIsNotOursIsAnsweredAsWhatIsNotThere() throws Exception {
        String bob = api.token("bob", "{\"name\":\"b\"}");
        for (String method : List.of("GET", "PUT", "DELETE")) {
            for (String rest :
                    List.of("", "/instances", "/instances/web", "/networks/default", "/images/x", "/grants/alice")) {
                if ((rest.equals("/instances") || rest.isEmpty()) && !method.equals("GET")) {
                    continue;
                }
                String body = method.equals("PUT") ? WEB : "";
                Answer theirs = api.as(bob, method, "/v1/projects/red" + rest, body);
                Answer nobodys = api.as(bob, method, "/v1/projects/rxd" + rest, body);
                assertThat(theirs.status()).as(method + rest).isEqualTo(404);
                assertThat(anonymous(theirs).replace("red", "rxd"))
                        .as(method + rest)
                        .isEqualTo(anonymous(nobodys));
            }
        }
        for (String action : List.of("restart", "exec", "console", "logs")) {
            Answer theirs = api.as(bob, "POST", "/v1/projects/red/instances/web/" + action, "{\"command\":[\"x\"]}");
            Answer nobodys = api.as(bob, "POST", "/v1/projects/rxd/instances/web/" + action, "{\"command\":[\"x\"]}");
            assertThat(anonymous(theirs).replace("red", "rxd")).isEqualTo(anonymous(nobodys));
        }
        Answer alice = api.as(bob, "GET", "/v1/users/alice", "");
        Answer none = api.as(bob, "GET", "/v1/users/alixe", "");
        assertThat(alice.status()).isEqualTo(404);
        assertThat(anonymous(alice).replace("alice", "alixe")).isEqualTo(anonymous(none));
    }

    @Test
    void namesAreSuggestedOnlyOfWhatIsSeen() throws Exception {
        String bob = api.token("bob", "{\"name\":\"b\"}");
        assertThat(api.as(bob, "GET", "/v1/projects/reb", "").at("/detail")).isEqualTo("there is no project 'reb'");
        assertThat(api.as(bob, "GET", "/v1/projects/bluf", "").at("/detail"))
                .isEqualTo("there is no project 'bluf'; did you mean 'blue'?");
        assertThat(api.get("/v1/projects/reb").at("/detail")).contains("did you mean 'red'?");
    }

    @Test
    void listsShowOnlyWhatIsSeen() throws Exception {
        String bob = api.token("bob", "{\"name\":\"b\"}");
        assertThat(ApiTest.names(api.as(bob, "GET", "/v1/projects", ""))).isEqualTo("blue");
        made(api.put("/v1/projects/amber", "{}"));
        made(api.put("/v1/projects/amber/grants/bob", "{\"spec\":{\"role\":\"viewer\"}}"));
        Answer first = api.as(bob, "GET", "/v1/projects?limit=1", "");
        assertThat(ApiTest.names(first)).isEqualTo("amber");
        Answer second = api.as(bob, "GET", "/v1/projects?limit=1&after=" + first.at("/next"), "");
        assertThat(ApiTest.names(second)).isEqualTo("blue");
        assertThat(second.json().has("next")).isFalse();
        assertThat(ApiTest.names(api.as(bob, "GET", "/v1/projects/library/images", "")))
                .isEqualTo("busybox");
        assertThat(ApiTest.names(api.as(bob, "GET", "/v1/projects/blue/images", "")))
                .isEqualTo("busybox");
        assertThat(api.as(bob, "GET", "/v1/projects/library/networks", "").status())
                .isEqualTo(404);
        assertThat(ApiTest.names(api.as(bob, "GET", "/v1/flavors", ""))).isEqualTo("large medium small tiny");
    }

    @Test
    void hostsAreTheOperatorsBusiness() throws Exception {
        String bob = api.token("bob", "{\"name\":\"b\"}");
        api.host("secret-host", 4, Bytes.gibibytes(8), api.now);
        api.now = api.now.plusSeconds(3);
        refused(api.as(bob, "GET", "/v1/hosts", ""), 403, "operators-only", "");
        refused(api.as(bob, "GET", "/v1/hosts/secret-host", ""), 403, "operators-only", "");
        String pinned = WEB.replace("}}", ",\"host\":\"HOST\"}}");
        Answer there = api.as(bob, "PUT", "/v1/projects/blue/instances/p", pinned.replace("HOST", "secret-host"));
        Answer none = api.as(bob, "PUT", "/v1/projects/blue/instances/p", pinned.replace("HOST", "secret-hosx"));
        refused(there, 422, "host-not-yours", "");
        assertThat(anonymous(there)).isEqualTo(anonymous(none));
        String large = WEB.replace("}}", ",\"flavor\":\"large\"}}");
        made(api.put("/v1/flavors/huge", "{\"spec\":{\"vcpus\":512,\"memory\":\"1TiB\"}}"));
        Answer huge = api.as(bob, "PUT", "/v1/projects/blue/instances/h", large.replace("large", "huge"));
        refused(huge, 422, "no-room", "no host could hold it");
        assertThat(huge.text()).doesNotContain("secret-host");
        made(api.put("/v1/projects/blue/instances/placed", pinned.replace("HOST", "secret-host")));
        assertThat(api.as(bob, "GET", "/v1/projects/blue/instances/placed", "").text())
                .doesNotContain("secret-host");
        assertThat(api.as(bob, "PUT", "/v1/projects/blue/instances/placed", WEB.replace("}}", ",\"running\":false}}"))
                        .status())
                .isEqualTo(200);
        assertThat(api.get("/v1/projects/blue/instances/placed").at("/spec/host"))
                .isEqualTo("secret-host");
    }

    @Test
    void whatSitsInTheLibraryTellsNobodyOfOthers() throws Exception {
        made(api.put("/v1/projects/library/grants/bob", "{\"spec\":{\"role\":\"member\"}}"));
        Answer used = api.as(api.token("bob", "{\"name\":\"b\"}"), "DELETE", "/v1/projects/library/images/busybox", "");
        refused(used, 409, "in-use", "instance blue/web, instances of other projects");
        assertThat(used.text()).doesNotContain("red");
    }

    @Test
    void secretsAreInNoRowAndNoAnswer() throws Exception {
        String session = api.login("alice", PASSWORD).at("/token");
        String token = api.token("alice", "{\"name\":\"ci\"}");
        for (String kind : List.of("user", "token", "grant", "identity")) {
            api.store()
                    .list(yunqi.server.store.Query.all(kind))
                    .rows()
                    .forEach(row -> assertThat(row.toString())
                            .doesNotContain(session)
                            .doesNotContain(token)
                            .doesNotContain(PASSWORD));
        }
        assertThat(api.store().changes(0, 10_000).toString())
                .doesNotContain(session)
                .doesNotContain(token)
                .doesNotContain("argon2");
        assertThat(api.get("/v1/users/alice").text()).doesNotContain("argon2").contains("\"password\":true");
        assertThat(api.get("/v1/users").text()).doesNotContain("argon2");
    }
}
