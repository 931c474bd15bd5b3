package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.server.ApiForTests.Answer;
import yunqi.server.store.MemoryStore;

/** Users, roles and tokens over real HTTPS: who gets in, what is seen, and how what is not seen is answered. */
final class TenancyTest {
    private static final String WEB = "{\"spec\":{\"type\":\"container\",\"image\":\"busybox\"}}";
    private static final String PASSWORD = "correct horse battery";

    private Instant now = ApiForTests.BEGIN;
    private final MemoryStore store = new MemoryStore(() -> now);
    private final ApiForTests api;

    TenancyTest() throws Exception {
        api = ApiForTests.on(store, () -> now);
    }

    @BeforeEach
    void twoTenants() throws Exception {
        api.image("busybox", "container", "16MiB");
        for (String project : List.of("red", "blue")) {
            made(api.put("/v1/projects/" + project, "{}"));
            made(api.put("/v1/projects/" + project + "/instances/web", WEB));
        }
        made(api.put("/v1/users/alice", "{}"));
        made(api.put("/v1/users/bob", "{}"));
        made(api.put("/v1/projects/red/grants/alice", "{\"spec\":{\"role\":\"admin\"}}"));
        made(api.put("/v1/projects/blue/grants/bob", "{\"spec\":{\"role\":\"member\"}}"));
        made(api.post("/v1/users/alice/password", "{\"password\":\"" + PASSWORD + "\"}"));
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    @Test
    void aPasswordBuysATokenForSomeHours() throws Exception {
        Answer login = login("alice", PASSWORD);
        assertThat(login.status()).as(login.text()).isEqualTo(201);
        assertThat(login.at("/token")).matches("yq_[0-9a-f]{64}");
        assertThat(login.at("/expires")).isEqualTo("2026-03-01T22:00:00Z");
        String token = login.at("/token");
        assertThat(as(token, "GET", "/v1/me", "").text())
                .isEqualTo("{\"name\":\"alice\",\"operator\":false,\"limited\":false,\"roles\":{\"red\":\"admin\"}}");
        now = now.plus(Duration.ofHours(12));
        refused(as(token, "GET", "/v1/me", ""), 401, "unauthorized", "the token has expired");
    }

    @Test
    void signingInFailsInTheSameWordsWhateverIsWrong() throws Exception {
        api.put("/v1/users/carol", "{\"spec\":{\"enabled\":false}}");
        api.post("/v1/users/carol/password", "{\"password\":\"" + PASSWORD + "\"}");
        Answer wrong = login("alice", "wrong horse battery");
        refused(wrong, 401, "bad-login", "user and password do not match");
        for (Answer other : List.of(login("nobody-here", PASSWORD), login("bob", PASSWORD), login("carol", PASSWORD))) {
            assertThat(anonymous(other)).isEqualTo(anonymous(wrong));
        }
    }

    @Test
    void attemptsAreCountedAndPass() throws Exception {
        for (int i = 0; i < 5; i++) {
            refused(login("alice", "wrong horse battery"), 401, "bad-login", "");
        }
        Answer blocked = login("alice", PASSWORD);
        refused(blocked, 429, "too-many-attempts", "");
        assertThat(blocked.header("Retry-After")).isEqualTo("300");
        assertThat(login("bob", "wrong horse battery").status()).isEqualTo(401);
        now = now.plus(Duration.ofMinutes(5));
        assertThat(login("alice", PASSWORD).status()).isEqualTo(201);
    }

    @Test
    void aThousandAttemptsAtOnceAreNotAThousand() throws Exception {
        List<Answer> answers = together(40, i -> login("alice", "wrong horse battery " + i));
        assertThat(answers.stream().filter(answer -> answer.status() == 401)).hasSize(5);
        assertThat(answers.stream().filter(answer -> answer.status() == 429)).hasSize(35);
    }

    @Test
    void aNewPasswordEndsWhatWasSignedInTo() throws Exception {
        String one = login("alice", PASSWORD).at("/token");
        String two = login("alice", PASSWORD).at("/token");
        String kept = token("alice", "{\"name\":\"ci\"}");
        String change = "{\"password\":\"another horse entirely\",\"old\":\"OLD\"}";
        refused(as(one, "POST", "/v1/users/alice/password", change), 422, "wrong-password", "");
        refused(
                as(one, "POST", "/v1/users/alice/password", "{\"password\":\"short\",\"old\":\"" + PASSWORD + "\"}"),
                422,
                "bad-value",
                "10 to 200 characters");
        assertThat(as(one, "POST", "/v1/users/alice/password", change.replace("OLD", PASSWORD))
                        .status())
                .isEqualTo(200);
        assertThat(as(one, "GET", "/v1/me", "").status()).isEqualTo(200);
        assertThat(as(two, "GET", "/v1/me", "").status()).isEqualTo(401);
        assertThat(as(kept, "GET", "/v1/me", "").status()).isEqualTo(200);
        assertThat(login("alice", PASSWORD).status()).isEqualTo(401);
    }

    @Test
    void signingOutTakesTheTokenBack() throws Exception {
        String token = login("alice", PASSWORD).at("/token");
        assertThat(as(token, "POST", "/v1/logout", "").status()).isEqualTo(200);
        assertThat(as(token, "GET", "/v1/me", "").status()).isEqualTo(401);
        refused(api.post("/v1/logout", ""), 409, "first-token", "");
    }

    @Test
    void tokensAreListedWithoutTheirSecretsAndTakenBack() throws Exception {
        String token = token("alice", "{\"name\":\"ci\",\"project\":\"red\",\"role\":\"viewer\"}");
        assertThat(as(token, "GET", "/v1/projects/red/instances/web", "").status())
                .isEqualTo(200);
        Answer list = api.get("/v1/users/alice/tokens");
        assertThat(list.text()).isEqualTo("""
                {"items":[{"name":"ci","session":false,"project":"red","role":"viewer","created":"2026-03-01T10:00:00Z",\
                "expires":"2026-05-30T10:00:00Z","used":"2026-03-01T10:00:00Z"}]}""");
        refused(api.post("/v1/users/alice/tokens", "{\"name\":\"ci\"}"), 409, "name-taken", "");
        assertThat(api.delete("/v1/users/alice/tokens/ci").status()).isEqualTo(200);
        refused(as(token, "GET", "/v1/projects/red/instances/web", ""), 401, "unauthorized", "not valid");
        refused(api.delete("/v1/users/alice/tokens/ci"), 404, "not-found", "no token 'ci'");
    }

    @Test
    void aLimitedTokenReachesNoFurtherThanItsMakerMeant() throws Exception {
        made(api.put("/v1/projects/blue/grants/alice", "{\"spec\":{\"role\":\"member\"}}"));
        String viewer = token("alice", "{\"name\":\"v\",\"project\":\"red\",\"role\":\"viewer\"}");
        refused(
                as(viewer, "DELETE", "/v1/projects/red/instances/web", ""),
                403,
                "forbidden",
                "needs the role member in project 'red'; you have viewer");
        refused(as(viewer, "GET", "/v1/projects/blue/instances", ""), 404, "not-found", "no project 'blue'");
        refused(as(viewer, "POST", "/v1/users/alice/tokens", "{\"name\":\"more\"}"), 403, "limited-token", "");
        refused(as(viewer, "POST", "/v1/users/alice/password", "{}"), 403, "limited-token", "");
        String everywhere = token("alice", "{\"name\":\"e\",\"role\":\"viewer\"}");
        assertThat(as(everywhere, "GET", "/v1/projects/blue/instances", "").status())
                .isEqualTo(200);
        refused(as(everywhere, "DELETE", "/v1/projects/blue/instances/web", ""), 403, "forbidden", "");
        refused(
                api.post("/v1/users/alice/tokens", "{\"name\":\"x\",\"expires\":\"2020-01-01T00:00:00Z\"}"),
                422,
                "bad-value",
                "not between now");
    }

    @Test
    void anOperatorsLimitedTokenIsNoOperators() throws Exception {
        made(api.put("/v1/users/root", "{\"spec\":{\"operator\":true}}"));
        assertThat(as(token("root", "{\"name\":\"all\"}"), "GET", "/v1/hosts", "")
                        .status())
                .isEqualTo(200);
        String limited = token("root", "{\"name\":\"red\",\"project\":\"red\",\"role\":\"member\"}");
        refused(as(limited, "GET", "/v1/hosts", ""), 403, "operators-only", "");
        assertThat(as(limited, "DELETE", "/v1/projects/red/instances/web", "").status())
                .isEqualTo(202);
        refused(as(limited, "GET", "/v1/projects/blue", ""), 404, "not-found", "");
    }

    @Test
    void whatIsTakenBackIsTakenBackAtOnce() throws Exception {
        String alice = token("alice", "{\"name\":\"a\"}");
        assertThat(as(alice, "GET", "/v1/projects/red", "").status()).isEqualTo(200);
        api.delete("/v1/projects/red/grants/alice");
        assertThat(as(alice, "GET", "/v1/projects/red", "").status()).isEqualTo(404);
        api.put("/v1/projects/red/grants/alice", "{\"spec\":{\"role\":\"viewer\"}}");
        assertThat(as(alice, "GET", "/v1/projects/red", "").status()).isEqualTo(200);
        api.put("/v1/users/alice", "{\"spec\":{\"enabled\":false}}");
        refused(as(alice, "GET", "/v1/projects/red", ""), 401, "unauthorized", "disabled");
        api.put("/v1/users/alice", "{\"spec\":{\"enabled\":true}}");
        assertThat(as(alice, "GET", "/v1/projects/red", "").status()).isEqualTo(200);
        assertThat(api.delete("/v1/users/alice").status()).isEqualTo(202);
        assertThat(as(alice, "GET", "/v1/projects/red", "").status()).isEqualTo(401);
        made(api.put("/v1/users/alice", "{}"));
        assertThat(as(alice, "GET", "/v1/me", "").status()).isEqualTo(401);
        assertThat(api.get("/v1/users/alice").json().at("/status/roles").toString())
                .isEqualTo("{}");
    }

    @Test
    void aProjectOfTheSameNameIsAnotherProject() throws Exception {
        made(api.put("/v1/projects/green", "{}"));
        made(api.put("/v1/projects/green/grants/alice", "{\"spec\":{\"role\":\"admin\"}}"));
        made(api.put("/v1/users/root", "{\"spec\":{\"operator\":true}}"));
        String scoped = token("root", "{\"name\":\"g\",\"project\":\"green\"}");
        String alice = token("alice", "{\"name\":\"a\"}");
        assertThat(as(scoped, "GET", "/v1/projects/green", "").status()).isEqualTo(200);
        gone("/v1/projects/green/networks/default");
        assertThat(api.delete("/v1/projects/green").status()).isEqualTo(202);
        made(api.put("/v1/projects/green", "{}"));
        assertThat(as(scoped, "GET", "/v1/projects/green", "").status()).isEqualTo(404);
        assertThat(as(alice, "GET", "/v1/projects/green", "").status()).isEqualTo(404);
        assertThat(ApiTest.names(api.get("/v1/projects/green/grants"))).isEmpty();
    }

    /** The same words, but for the name, whether a thing is another's or nobody's. */
    @Test
    void whatIsNotOursIsAnsweredAsWhatIsNotThere() throws Exception {
        String bob = token("bob", "{\"name\":\"b\"}");
        for (String method : List.of("GET", "PUT", "DELETE")) {
            for (String rest :
                    List.of("", "/instances", "/instances/web", "/networks/default", "/images/x", "/grants/alice")) {
                if (rest.equals("/instances") && !method.equals("GET") || rest.isEmpty() && !method.equals("GET")) {
                    continue;
                }
                String body = method.equals("PUT") ? WEB : "";
                Answer theirs = as(bob, method, "/v1/projects/red" + rest, body);
                Answer nobodys = as(bob, method, "/v1/projects/rxd" + rest, body);
                assertThat(theirs.status()).as(method + rest).isEqualTo(404);
                assertThat(anonymous(theirs).replace("red", "rxd"))
                        .as(method + rest)
                        .isEqualTo(anonymous(nobodys));
            }
        }
        for (String action : List.of("restart", "exec", "console", "logs")) {
            Answer theirs = as(bob, "POST", "/v1/projects/red/instances/web/" + action, "{\"command\":[\"x\"]}");
            Answer nobodys = as(bob, "POST", "/v1/projects/rxd/instances/web/" + action, "{\"command\":[\"x\"]}");
            assertThat(anonymous(theirs).replace("red", "rxd")).isEqualTo(anonymous(nobodys));
        }
        Answer alice = as(bob, "GET", "/v1/users/alice", "");
        Answer none = as(bob, "GET", "/v1/users/alixe", "");
        assertThat(alice.status()).isEqualTo(404);
        assertThat(anonymous(alice).replace("alice", "alixe")).isEqualTo(anonymous(none));
    }

    @Test
    void namesAreSuggestedOnlyOfWhatIsSeen() throws Exception {
        String bob = token("bob", "{\"name\":\"b\"}");
        assertThat(as(bob, "GET", "/v1/projects/reb", "").at("/detail")).isEqualTo("there is no project 'reb'");
        assertThat(as(bob, "GET", "/v1/projects/bluf", "").at("/detail"))
                .isEqualTo("there is no project 'bluf'; did you mean 'blue'?");
        assertThat(api.get("/v1/projects/reb").at("/detail")).contains("did you mean 'red'?");
    }

    @Test
    void listsShowOnlyWhatIsSeen() throws Exception {
        String bob = token("bob", "{\"name\":\"b\"}");
        assertThat(ApiTest.names(as(bob, "GET", "/v1/projects", ""))).isEqualTo("blue");
        made(api.put("/v1/projects/amber", "{}"));
        made(api.put("/v1/projects/amber/grants/bob", "{\"spec\":{\"role\":\"viewer\"}}"));
        Answer first = as(bob, "GET", "/v1/projects?limit=1", "");
        assertThat(ApiTest.names(first)).isEqualTo("amber");
        Answer second = as(bob, "GET", "/v1/projects?limit=1&after=" + first.at("/next"), "");
        assertThat(ApiTest.names(second)).isEqualTo("blue");
        assertThat(second.json().has("next")).isFalse();
        assertThat(ApiTest.names(as(bob, "GET", "/v1/projects/library/images", "")))
                .isEqualTo("busybox");
        assertThat(ApiTest.names(as(bob, "GET", "/v1/projects/blue/images", "")))
                .isEqualTo("busybox");
        assertThat(as(bob, "GET", "/v1/projects/library/networks", "").status()).isEqualTo(404);
        assertThat(ApiTest.names(as(bob, "GET", "/v1/flavors", ""))).isEqualTo("large medium small tiny");
    }

    @Test
    void hostsAreTheOperatorsBusiness() throws Exception {
        String bob = token("bob", "{\"name\":\"b\"}");
        api.host("secret-host", 4, Bytes.gibibytes(8), now);
        now = now.plusSeconds(3);
        refused(as(bob, "GET", "/v1/hosts", ""), 403, "operators-only", "");
        refused(as(bob, "GET", "/v1/hosts/secret-host", ""), 403, "operators-only", "");
        String pinned = WEB.replace("}}", ",\"host\":\"HOST\"}}");
        Answer there = as(bob, "PUT", "/v1/projects/blue/instances/p", pinned.replace("HOST", "secret-host"));
        Answer none = as(bob, "PUT", "/v1/projects/blue/instances/p", pinned.replace("HOST", "secret-hosx"));
        refused(there, 422, "host-not-yours", "");
        assertThat(anonymous(there)).isEqualTo(anonymous(none));
        String large = WEB.replace("}}", ",\"flavor\":\"large\"}}");
        made(api.put("/v1/flavors/huge", "{\"spec\":{\"vcpus\":512,\"memory\":\"1TiB\"}}"));
        Answer huge = as(bob, "PUT", "/v1/projects/blue/instances/h", large.replace("large", "huge"));
        refused(huge, 422, "no-room", "no host could hold it");
        assertThat(huge.text()).doesNotContain("secret-host");
        made(api.put("/v1/projects/blue/instances/placed", pinned.replace("HOST", "secret-host")));
        assertThat(as(bob, "GET", "/v1/projects/blue/instances/placed", "").text())
                .doesNotContain("secret-host");
        assertThat(as(bob, "PUT", "/v1/projects/blue/instances/placed", WEB.replace("}}", ",\"running\":false}}"))
                        .status())
                .isEqualTo(200);
        assertThat(api.get("/v1/projects/blue/instances/placed").at("/spec/host"))
                .isEqualTo("secret-host");
    }

    @Test
    void whatSitsInTheLibraryTellsNobodyOfOthers() throws Exception {
        made(api.put("/v1/projects/library/grants/bob", "{\"spec\":{\"role\":\"member\"}}"));
        Answer used = as(token("bob", "{\"name\":\"b\"}"), "DELETE", "/v1/projects/library/images/busybox", "");
        refused(used, 409, "in-use", "instance blue/web, instances of other projects");
        assertThat(used.text()).doesNotContain("red");
    }

    @Test
    void secretsAreInNoRowAndNoAnswer() throws Exception {
        String session = login("alice", PASSWORD).at("/token");
        String token = token("alice", "{\"name\":\"ci\"}");
        for (String kind : List.of("user", "token", "grant", "identity")) {
            store.list(yunqi.server.store.Query.all(kind))
                    .rows()
                    .forEach(row -> assertThat(row.toString())
                            .doesNotContain(session)
                            .doesNotContain(token)
                            .doesNotContain(PASSWORD));
        }
        assertThat(store.changes(0, 10_000).toString())
                .doesNotContain(session)
                .doesNotContain(token)
                .doesNotContain("argon2");
        assertThat(api.get("/v1/users/alice").text()).doesNotContain("argon2").contains("\"password\":true");
        assertThat(api.get("/v1/users").text()).doesNotContain("argon2");
    }

    @Test
    void theNameOfTheFirstTokensHolderIsReserved() throws Exception {
        refused(api.put("/v1/users/operator", "{}"), 422, "reserved-name", "");
        refused(
                api.put("/v1/projects/red/grants/nobody-here", "{\"spec\":{\"role\":\"admin\"}}"),
                422,
                "unknown-user",
                "");
    }

    @Test
    void theLastUnitOfQuotaGoesToExactlyOne() throws Exception {
        api.put("/v1/projects/red", "{\"spec\":{\"quota\":{\"instances\":2}}}");
        String alice = token("alice", "{\"name\":\"a\"}");
        List<Answer> answers = together(200, i -> as(alice, "PUT", "/v1/projects/red/instances/i" + i, WEB));
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
        gone("/v1/projects/red/instances/more");
        gone("/v1/projects/red/instances/web");
        assertThat(api.get("/v1/projects/red").at("/status/used/instances")).isEqualTo("0");
        made(api.put("/v1/projects/red/instances/new", WEB));
    }

    /** What control does once a thing's engine has let it go. */
    private void gone(String path) throws Exception {
        api.delete(path);
        var row = store.get(java.util.UUID.fromString(api.get(path).at("/id"))).orElseThrow();
        api.must(new yunqi.server.store.Write.Remove(row.id(), row.meta().decision()));
    }

    private String token(String user, String wish) throws Exception {
        Answer made = api.post("/v1/users/" + user + "/tokens", wish);
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        return made.at("/token");
    }

    private Answer login(String user, String password) throws Exception {
        return api.send(HttpRequest.newBuilder(api.uri("/v1/login"))
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"user\":\"" + user + "\",\"password\":\"" + password + "\"}"))
                .build());
    }

    private Answer as(String token, String method, String path, String body) throws Exception {
        return api.send(HttpRequest.newBuilder(api.uri(path))
                .header("Authorization", "Bearer " + token)
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private interface Attempt {
        Answer make(int number) throws Exception;
    }

    private static List<Answer> together(int count, Attempt attempt) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> running = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                running.add(threads.submit(() -> attempt.make(number)));
            }
            List<Answer> answers = new ArrayList<>();
            for (Future<Answer> one : running) {
                answers.add(one.get());
            }
            return answers;
        }
    }

    /** What an answer says, but for the number of the request. */
    private static String anonymous(Answer answer) {
        return answer.text().replaceAll("\"request\":\"[^\"]*\"", "");
    }

    private static void made(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    }

    private static void refused(Answer answer, int status, String code, String words) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.at("/code")).isEqualTo(code);
        assertThat(answer.at("/detail")).contains(words);
    }
}
