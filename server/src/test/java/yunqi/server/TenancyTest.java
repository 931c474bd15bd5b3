package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.server.Tenants.PASSWORD;
import static yunqi.server.Tenants.anonymous;
import static yunqi.server.Tenants.made;
import static yunqi.server.Tenants.refused;
import static yunqi.server.Tenants.together;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.server.ApiForTests.Answer;

/** Users, roles and tokens over real HTTPS: who gets in, and with which rights. */
final class TenancyTest {
    private final Tenants api = new Tenants();

    TenancyTest() throws Exception {}

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    @Test
    void aPasswordBuysATokenForSomeHours() throws Exception {
        Answer login = api.login("alice", PASSWORD);
        assertThat(login.status()).as(login.text()).isEqualTo(201);
        assertThat(login.at("/token")).matches("yq_[0-9a-f]{64}");
        assertThat(login.at("/expires")).isEqualTo("2026-03-01T22:00:00Z");
        String token = login.at("/token");
        assertThat(api.as(token, "GET", "/v1/me", "").text())
                .isEqualTo("{\"name\":\"alice\",\"operator\":false,\"limited\":false,\"roles\":{\"red\":\"admin\"}}");
        api.now = api.now.plus(Duration.ofHours(12));
        refused(api.as(token, "GET", "/v1/me", ""), 401, "unauthorized", "the token has expired");
    }

    @Test
    void signingInFailsInTheSameWordsWhateverIsWrong() throws Exception {
        api.put("/v1/users/carol", "{\"spec\":{\"enabled\":false}}");
        api.post("/v1/users/carol/password", "{\"password\":\"" + PASSWORD + "\"}");
        Answer wrong = api.login("alice", "wrong horse battery");
        refused(wrong, 403, "bad-login", "user and password do not match");
        for (Answer other :
                List.of(api.login("nobody-here", PASSWORD), api.login("bob", PASSWORD), api.login("carol", PASSWORD))) {
            assertThat(anonymous(other)).isEqualTo(anonymous(wrong));
        }
    }

    @Test
    void attemptsAreCountedAndPass() throws Exception {
        for (int i = 0; i < 5; i++) {
            refused(api.login("alice", "wrong horse battery"), 403, "bad-login", "");
        }
        Answer blocked = api.login("alice", PASSWORD);
        refused(blocked, 429, "too-many-attempts", "");
        assertThat(blocked.header("Retry-After")).isEqualTo("300");
        assertThat(api.login("bob", "wrong horse battery").status()).isEqualTo(403);
        api.now = api.now.plus(Duration.ofMinutes(5));
        assertThat(api.login("alice", PASSWORD).status()).isEqualTo(201);
    }

    @Test
    void aThousandAttemptsAtOnceAreNotAThousand() throws Exception {
        List<Answer> answers = together(40, i -> api.login("alice", "wrong horse battery " + i));
        assertThat(answers.stream().filter(answer -> answer.status() == 403)).hasSize(5);
        assertThat(answers.stream().filter(answer -> answer.status() == 429)).hasSize(35);
    }

    @Test
    void aNewPasswordEndsWhatWasSignedInTo() throws Exception {
        String one = api.login("alice", PASSWORD).at("/token");
        String two = api.login("alice", PASSWORD).at("/token");
        String kept = api.token("alice", "{\"name\":\"ci\"}");
        String change = "{\"password\":\"another horse entirely\",\"old\":\"OLD\"}";
        refused(api.as(one, "POST", "/v1/users/alice/password", change), 422, "wrong-password", "");
        refused(
                api.as(
                        one,
                        "POST",
                        "/v1/users/alice/password",
                        "{\"password\":\"short\",\"old\":\"" + PASSWORD + "\"}"),
                422,
                "bad-value",
                "10 to 200 characters");
        assertThat(api.as(one, "POST", "/v1/users/alice/password", change.replace("OLD", PASSWORD))
                        .status())
                .isEqualTo(200);
        assertThat(api.as(one, "GET", "/v1/me", "").status()).isEqualTo(200);
        assertThat(api.as(two, "GET", "/v1/me", "").status()).isEqualTo(401);
        assertThat(api.as(kept, "GET", "/v1/me", "").status()).isEqualTo(200);
        assertThat(api.login("alice", PASSWORD).status()).isEqualTo(403);
    }

    @Test
    void signingOutTakesTheTokenBack() throws Exception {
        String token = api.login("alice", PASSWORD).at("/token");
        assertThat(api.as(token, "POST", "/v1/logout", "").status()).isEqualTo(200);
        assertThat(api.as(token, "GET", "/v1/me", "").status()).isEqualTo(401);
        refused(api.post("/v1/logout", ""), 409, "first-token", "");
    }

    @Test
    void tokensAreListedWithoutTheirSecretsAndTakenBack() throws Exception {
        String token = api.token("alice", "{\"name\":\"ci\",\"project\":\"red\",\"role\":\"viewer\"}");
        assertThat(api.as(token, "GET", "/v1/projects/red/instances/web", "").status())
                .isEqualTo(200);
        Answer list = api.get("/v1/users/alice/tokens");
        assertThat(list.text()).isEqualTo("""
                {"items":[{"name":"ci","session":false,"project":"red","role":"viewer","created":"2026-03-01T10:00:00Z",\
                "expires":"2026-05-30T10:00:00Z","used":"2026-03-01T10:00:00Z"}]}""");
        refused(api.post("/v1/users/alice/tokens", "{\"name\":\"ci\"}"), 409, "name-taken", "");
        assertThat(api.delete("/v1/users/alice/tokens/ci").status()).isEqualTo(200);
        refused(api.as(token, "GET", "/v1/projects/red/instances/web", ""), 401, "unauthorized", "not valid");
        refused(api.delete("/v1/users/alice/tokens/ci"), 404, "not-found", "no token 'ci'");
    }

    @Test
    void aLimitedTokenReachesNoFurtherThanItsMakerMeant() throws Exception {
        made(api.put("/v1/projects/blue/grants/alice", "{\"spec\":{\"role\":\"member\"}}"));
        String viewer = api.token("alice", "{\"name\":\"v\",\"project\":\"red\",\"role\":\"viewer\"}");
        refused(
                api.as(viewer, "DELETE", "/v1/projects/red/instances/web", ""),
                403,
                "forbidden",
                "needs the role member in project 'red'; you have viewer");
        refused(api.as(viewer, "GET", "/v1/projects/blue/instances", ""), 404, "not-found", "no project 'blue'");
        refused(api.as(viewer, "POST", "/v1/users/alice/tokens", "{\"name\":\"more\"}"), 403, "limited-token", "");
        refused(api.as(viewer, "POST", "/v1/users/alice/password", "{}"), 403, "limited-token", "");
        String everywhere = api.token("alice", "{\"name\":\"e\",\"role\":\"viewer\"}");
        assertThat(api.as(everywhere, "GET", "/v1/projects/blue/instances", "").status())
                .isEqualTo(200);
        refused(api.as(everywhere, "DELETE", "/v1/projects/blue/instances/web", ""), 403, "forbidden", "");
        refused(
                api.post("/v1/users/alice/tokens", "{\"name\":\"x\",\"expires\":\"2020-01-01T00:00:00Z\"}"),
                422,
                "bad-value",
                "not between now");
    }

    @Test
    void anOperatorsLimitedTokenIsNoOperators() throws Exception {
        made(api.put("/v1/users/root", "{\"spec\":{\"operator\":true}}"));
        assertThat(api.as(api.token("root", "{\"name\":\"all\"}"), "GET", "/v1/hosts", "")
                        .status())
                .isEqualTo(200);
        String limited = api.token("root", "{\"name\":\"red\",\"project\":\"red\",\"role\":\"member\"}");
        refused(api.as(limited, "GET", "/v1/hosts", ""), 403, "operators-only", "");
        assertThat(api.as(limited, "DELETE", "/v1/projects/red/instances/web", "")
                        .status())
                .isEqualTo(202);
        refused(api.as(limited, "GET", "/v1/projects/blue", ""), 404, "not-found", "");
    }

    @Test
    void whatIsTakenBackIsTakenBackAtOnce() throws Exception {
        String alice = api.token("alice", "{\"name\":\"a\"}");
        assertThat(api.as(alice, "GET", "/v1/projects/red", "").status()).isEqualTo(200);
        api.delete("/v1/projects/red/grants/alice");
        assertThat(api.as(alice, "GET", "/v1/projects/red", "").status()).isEqualTo(404);
        api.put("/v1/projects/red/grants/alice", "{\"spec\":{\"role\":\"viewer\"}}");
        assertThat(api.as(alice, "GET", "/v1/projects/red", "").status()).isEqualTo(200);
        api.put("/v1/users/alice", "{\"spec\":{\"enabled\":false}}");
        refused(api.as(alice, "GET", "/v1/projects/red", ""), 401, "unauthorized", "disabled");
        api.put("/v1/users/alice", "{\"spec\":{\"enabled\":true}}");
        assertThat(api.as(alice, "GET", "/v1/projects/red", "").status()).isEqualTo(200);
        assertThat(api.delete("/v1/users/alice").status()).isEqualTo(202);
        assertThat(api.as(alice, "GET", "/v1/projects/red", "").status()).isEqualTo(401);
        made(api.put("/v1/users/alice", "{}"));
        assertThat(api.as(alice, "GET", "/v1/me", "").status()).isEqualTo(401);
        assertThat(api.get("/v1/users/alice").json().at("/status/roles").toString())
                .isEqualTo("{}");
    }

    @Test
    void aProjectOfTheSameNameIsAnotherProject() throws Exception {
        made(api.put("/v1/projects/green", "{}"));
        made(api.put("/v1/projects/green/grants/alice", "{\"spec\":{\"role\":\"admin\"}}"));
        made(api.put("/v1/users/root", "{\"spec\":{\"operator\":true}}"));
        String scoped = api.token("root", "{\"name\":\"g\",\"project\":\"green\"}");
        String alice = api.token("alice", "{\"name\":\"a\"}");
        assertThat(api.as(scoped, "GET", "/v1/projects/green", "").status()).isEqualTo(200);
        api.gone("/v1/projects/green/networks/default");
        assertThat(api.delete("/v1/projects/green").status()).isEqualTo(202);
        made(api.put("/v1/projects/green", "{}"));
        assertThat(api.as(scoped, "GET", "/v1/projects/green", "").status()).isEqualTo(404);
        assertThat(api.as(alice, "GET", "/v1/projects/green", "").status()).isEqualTo(404);
        assertThat(ApiTest.names(api.get("/v1/projects/green/grants"))).isEmpty();
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
}
