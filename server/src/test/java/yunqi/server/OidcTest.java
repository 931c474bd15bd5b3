package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.server.Tenants.made;
import static yunqi.server.Tenants.refused;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import yunqi.core.wire.Wire;
import yunqi.server.ApiForTests.Answer;
import yunqi.server.store.Query;

/** Signing in through a provider, over the API; the provider is a pretended one that can do what a real one never would. */
class OidcTest {
    private static final String REDIRECT = "http://127.0.0.1:4711/callback";

    private final Tenants api = new Tenants();
    private final FakeProvider provider = new FakeProvider(() -> api.now);

    OidcTest() throws Exception {}

    @BeforeEach
    void set() throws Exception {
        provider.groups.put("carol", List.of("team-red"));
        provider.groups.put("dave", List.of("root"));
        made(api.put("/v1/oidc", wish(it -> it)));
    }

    @AfterEach
    void close() throws Exception {
        provider.close();
        api.close();
    }

    private String wish(UnaryOperator<ObjectNode> change) {
        ObjectNode wish = Wire.lenient().createObjectNode();
        wish.put("issuer", provider.issuer()).put("clientId", "cloud").put("sessionMinutes", 60);
        wish.withArray("/groups")
                .addObject()
                .put("group", "team-red")
                .put("role", "member")
                .put("project", "red");
        wish.withArray("/groups").addObject().put("group", "root").put("role", "operator");
        return change.apply(wish).toString();
    }

    private Answer begin() throws Exception {
        return api.as("", "POST", "/v1/login/oidc", "{\"redirect\":\"" + REDIRECT + "\"}");
    }

    private Answer finish(Answer begun, String code, String state, String issuer) throws Exception {
        ObjectNode answer = Wire.lenient().createObjectNode();
        answer.put("flow", begun.at("/flow"))
                .put("code", code)
                .put("state", state)
                .put("issuer", issuer);
        return api.as("", "POST", "/v1/login/oidc/finish", answer.toString());
    }

    private Answer signIn(String account) throws Exception {
        Answer begun = begin();
        assertThat(begun.status()).as(begun.text()).isEqualTo(201);
        return finish(begun, provider.code(account, begun.at("/url")), begun.at("/state"), provider.issuer());
    }

    private String token(String account) throws Exception {
        Answer signedIn = signIn(account);
        assertThat(signedIn.status()).as(signedIn.text()).isEqualTo(201);
        return signedIn.at("/token");
    }

    @Test
    void whoIsKnownThereComesInWithTheRolesOfHisGroups() throws Exception {
        Answer begun = begin();
        assertThat(begun.at("/url"))
                .startsWith(provider.issuer() + "/authorize?with=more&response_type=code&client_id=cloud&")
                .contains("code_challenge_method=S256", "scope=openid%20groups%20profile");
        Answer signedIn =
                finish(begun, provider.code("carol", begun.at("/url")), begun.at("/state"), provider.issuer());
        assertThat(signedIn.status()).as(signedIn.text()).isEqualTo(201);
        assertThat(signedIn.at("/user")).isEqualTo("carol");
        assertThat(Instant.parse(signedIn.at("/expires"))).isEqualTo(api.now.plus(Duration.ofMinutes(60)));
        JsonNode me = api.as(signedIn.at("/token"), "GET", "/v1/me", "").json();
        assertThat(me.path("roles").toString()).isEqualTo("{\"red\":\"member\"}");
        assertThat(api.as(signedIn.at("/token"), "GET", "/v1/projects/red/instances/web", "")
                        .status())
                .isEqualTo(200);
        assertThat(api.get("/v1/users/carol").at("/status/provider")).isEqualTo(provider.issuer());
        assertThat(api.as(token("dave"), "GET", "/v1/users", "").status()).isEqualTo(200);
        api.now = api.now.plus(Duration.ofMinutes(60));
        assertThat(api.as(signedIn.at("/token"), "GET", "/v1/me", "").status()).isEqualTo(401);
    }

    @Test
    void rolesAreThoseOfTodaysGroupsAndWhatPeopleGaveStays() throws Exception {
        String first = token("carol");
        made(api.put("/v1/projects/blue/grants/carol", "{\"spec\":{\"role\":\"viewer\"}}"));
        provider.groups.put("carol", List.of());
        String second = token("carol");
        assertThat(api.as(second, "GET", "/v1/me", "").json().path("roles").toString())
                .isEqualTo("{\"blue\":\"viewer\"}");
        assertThat(api.as(first, "GET", "/v1/projects/red/instances", "").status())
                .isEqualTo(404);
        // What a person gave before, or while the groups gave more, is what remains.
        made(api.put("/v1/projects/red/grants/carol", "{\"spec\":{\"role\":\"viewer\"}}"));
        provider.groups.put("carol", List.of("team-red", "root"));
        JsonNode raised = api.as(token("carol"), "GET", "/v1/me", "").json();
        assertThat(raised.path("operator").asBoolean()).isTrue();
        assertThat(api.get("/v1/projects/red/grants/carol").at("/spec/role")).isEqualTo("member");
        provider.groups.put("carol", List.of("else"));
        JsonNode lowered = api.as(token("carol"), "GET", "/v1/me", "").json();
        assertThat(lowered.path("operator").asBoolean()).isFalse();
        assertThat(lowered.path("roles").toString()).isEqualTo("{\"blue\":\"viewer\",\"red\":\"viewer\"}");
    }

    @Test
    void nobodyBecomesSomebodyElse() throws Exception {
        refused(signIn("alice"), 403, "not-admitted", "none of your groups");
        provider.groups.put("alice", List.of("team-red"));
        refused(signIn("alice"), 409, "name-taken", "another user");
        // A name that goes to somebody else at the provider brings nobody into the account.
        token("carol");
        provider.names.put("mallory", "carol");
        provider.groups.put("mallory", List.of("team-red"));
        refused(signIn("mallory"), 409, "name-taken", "another user");
        provider.names.put("carol", "caroline");
        assertThat(signIn("carol").at("/user")).isEqualTo("carol");
        for (String name : List.of("Not A Name!", "operator", "../x", "@")) {
            provider.names.put("mallory", name);
            refused(signIn("mallory"), 403, "name-unfit", "provider");
        }
        provider.names.put("mallory", "Mallory.M@example.org");
        assertThat(signIn("mallory").at("/user")).isEqualTo("mallory-m");
        made(api.put("/v1/users/carol", "{\"spec\":{\"enabled\":false}}"));
        refused(signIn("carol"), 403, "user-disabled", "disabled");
        // A deleted user's account brings a new user, with nothing of the old.
        made(api.put("/v1/projects/blue/grants/mallory-m", "{\"spec\":{\"role\":\"admin\"}}"));
        api.delete("/v1/users/mallory-m");
        assertThat(api.as(token("mallory"), "GET", "/v1/me", "")
                        .json()
                        .path("roles")
                        .toString())
                .isEqualTo("{\"red\":\"member\"}");
        made(api.put("/v1/oidc", wish(it -> it.put("admitAll", true))));
        provider.groups.remove("erin");
        assertThat(api.as(token("erin"), "GET", "/v1/me", "")
                        .json()
                        .path("roles")
                        .size())
                .isZero();
    }

    @Test
    void aTokenThatFailsACheckLetsNobodyIn() throws Exception {
        provider.claims = all -> all.issuer("https://other.example.org");
        refused(signIn("carol"), 403, "sso-refused", "(iss)");
        provider.claims = all -> all.audience("other");
        refused(signIn("carol"), 403, "sso-refused", "(aud)");
        provider.claims = all -> all.expirationTime(Date.from(api.now.minusSeconds(61)));
        refused(signIn("carol"), 403, "sso-refused", "(exp)");
        provider.claims = all -> all.claim("nonce", "another");
        refused(signIn("carol"), 403, "sso-refused", "(nonce)");
        provider.claims = all -> all.claim("at_hash", "another");
        refused(signIn("carol"), 403, "sso-refused", "(at_hash)");
        provider.claims = UnaryOperator.identity();
        assertThat(api.get("/v1/users").text()).doesNotContain("carol");
        token("carol");
    }

    @Test
    void whatTheBrowserBringsIsCheckedAndGoodOnce() throws Exception {
        Answer begun = begin();
        String code = provider.code("carol", begun.at("/url"));
        refused(finish(begun, code, "other", provider.issuer()), 403, "sso-refused", "(state)");
        refused(finish(begun, code, begun.at("/state"), "https://other.example.org"), 403, "sso-refused", "(iss)");
        assertThat(finish(begun, code, begun.at("/state"), provider.issuer()).status())
                .isEqualTo(201);
        refused(finish(begun, code, begun.at("/state"), provider.issuer()), 403, "sso-refused", "finished already");
        // Somebody else's code, which was made for another flow (its PKCE challenge and its nonce).
        Answer mine = begin();
        String theirs = provider.code("dave", begin().at("/url"));
        refused(finish(mine, theirs, mine.at("/state"), provider.issuer()), 403, "sso-refused", "invalid_grant");
        Answer late = begin();
        api.now = api.now.plus(Duration.ofMinutes(10));
        refused(
                finish(late, provider.code("carol", late.at("/url")), late.at("/state"), provider.issuer()),
                403,
                "sso-refused",
                "longer than it may");
        ObjectNode forged = Wire.lenient().createObjectNode();
        forged.put("flow", begun.at("/flow").substring(1)).put("code", "x").put("state", "x");
        refused(api.as("", "POST", "/v1/login/oidc/finish", forged.toString()), 403, "sso-refused", "not begun here");
        for (String elsewhere : List.of(
                "http://evil.example.org/callback",
                "https://127.0.0.1:1/callback",
                "http://127.0.0.1:1/callback@evil.example.org",
                "http://127.0.0.1.evil.example.org:1/callback")) {
            refused(
                    api.as("", "POST", "/v1/login/oidc", "{\"redirect\":\"" + elsewhere + "\"}"),
                    422,
                    "bad-value",
                    "your own machine");
        }
    }

    @Test
    void aNewKeyIsFetchedButNotForEveryTokenThatNamesOne() throws Exception {
        token("carol");
        assertThat(provider.asked("/keys")).isEqualTo(1);
        token("carol");
        assertThat(provider.asked("/keys")).isEqualTo(1);
        api.now = api.now.plusSeconds(31);
        provider.key = FakeProvider.newKey("second");
        token("carol");
        assertThat(provider.asked("/keys")).isEqualTo(2);
        com.nimbusds.jose.jwk.RSAKey published = provider.key;
        provider.claims = all -> {
            provider.key = FakeProvider.newKey("never-published");
            return all;
        };
        for (int i = 0; i < 3; i++) {
            // The header was made before: it names the key that is published, and is signed by another.
            refused(signIn("carol"), 403, "sso-refused", "");
            provider.key = published;
        }
        assertThat(provider.asked("/keys")).isEqualTo(2);
        provider.claims = UnaryOperator.identity();
        provider.key = FakeProvider.newKey("third");
        refused(signIn("carol"), 403, "sso-refused", "(kid)"); // within the limit of asking again
        assertThat(provider.asked("/keys")).isEqualTo(2);
        api.now = api.now.plusSeconds(31);
        token("carol");
        assertThat(provider.asked("/keys")).isEqualTo(3);
    }

    @Test
    void whenTheProviderIsAwayAllElseGoesOn() throws Exception {
        String before = token("carol");
        provider.status = 503;
        refused(signIn("carol"), 503, "provider-unavailable", "status 503");
        provider.status = 200;
        Answer begun = begin();
        provider.close();
        refused(
                finish(begun, provider.code("carol", begun.at("/url")), begun.at("/state"), provider.issuer()),
                503,
                "provider-unavailable",
                "does not answer");
        assertThat(api.login("alice", Tenants.PASSWORD).status()).isEqualTo(201);
        assertThat(api.as(before, "GET", "/v1/me", "").status()).isEqualTo(200);
        Answer unset = api.put("/v1/oidc", wish(it -> it));
        refused(unset, 422, "provider-unfit", "does not answer");
        assertThat(api.delete("/v1/oidc").status()).isEqualTo(200);
        refused(begin(), 404, "not-found", "no provider");
        refused(api.get("/v1/oidc"), 404, "not-found", "no provider");
    }

    @Test
    void theProvidersRefusalsAreToldWithoutItsWords() throws Exception {
        for (String error : List.of("invalid_grant", "invalid_client", "access_denied", "server_error")) {
            provider.error = error;
            Answer refused = signIn("carol");
            refused(refused, 403, "sso-refused", "(" + error + ")");
            assertThat(refused.text()).doesNotContain(FakeProvider.SECRET);
        }
    }

    @Test
    void claimsMayBeInUserinfo() throws Exception {
        provider.claimsInUserinfo = true;
        assertThat(api.as(token("carol"), "GET", "/v1/me", "")
                        .json()
                        .path("roles")
                        .toString())
                .isEqualTo("{\"red\":\"member\"}");
        provider.subjectOfUserinfo = "sub-dave";
        refused(signIn("carol"), 403, "sso-refused", "somebody else (sub)");
    }

    @Test
    void aClaimMayBeInsideOthers() throws Exception {
        made(api.put("/v1/oidc", wish(it -> it.put("groupsClaim", "realm_access.roles"))));
        provider.claims = all -> all.claim("realm_access", java.util.Map.of("roles", List.of("team-red")));
        assertThat(api.as(token("carol"), "GET", "/v1/me", "")
                        .json()
                        .path("roles")
                        .toString())
                .isEqualTo("{\"red\":\"member\"}");
    }

    @Test
    void anotherDeviceLetsInWhenItsPersonIsDone() throws Exception {
        Answer begun = api.as("", "POST", "/v1/login/oidc", "{\"device\":true}");
        assertThat(begun.at("/userCode")).isEqualTo("ABCD-EFGH");
        assertThat(begun.at("/url")).isEqualTo(provider.issuer() + "/go");
        String answer = "{\"flow\":\"" + begun.at("/flow") + "\"}";
        provider.error = "authorization_pending";
        refused(api.as("", "POST", "/v1/login/oidc/finish", answer), 409, "authorization-pending", "not done");
        provider.error = "slow_down";
        refused(api.as("", "POST", "/v1/login/oidc/finish", answer), 409, "slow-down", "not done");
        provider.error = "";
        assertThat(api.as("", "POST", "/v1/login/oidc/finish", answer).at("/user"))
                .isEqualTo("carol");
        refused(api.as("", "POST", "/v1/login/oidc/finish", answer), 403, "sso-refused", "finished already");
        provider.description = said -> said.without("device_authorization_endpoint");
        made(api.put("/v1/oidc", wish(it -> it)));
        api.now = api.now.plus(Duration.ofHours(2));
        refused(api.as("", "POST", "/v1/login/oidc", "{\"device\":true}"), 409, "no-device-grant", "another device");
    }

    @Test
    void theSecretIsUsedAndNeverShown() throws Exception {
        provider.confidential = true;
        refused(signIn("carol"), 403, "sso-refused", "(invalid_client)");
        Answer set = api.put("/v1/oidc", wish(it -> it.put("clientSecret", FakeProvider.SECRET)));
        assertThat(set.json().path("clientSecret").asBoolean()).isTrue();
        token("carol");
        made(api.put("/v1/oidc", wish(it -> it.put("sessionMinutes", 30)))); // not said again, it stays
        Answer signedIn = signIn("carol");
        assertThat(Instant.parse(signedIn.at("/expires"))).isEqualTo(api.now.plus(Duration.ofMinutes(30)));
        for (String kind : List.of("oidc", "user", "identity", "token", "grant")) {
            assertThat(api.store().list(Query.all(kind)).rows().toString())
                    .as(kind)
                    .doesNotContain(FakeProvider.SECRET, signedIn.at("/token"), provider.lastToken);
        }
        assertThat(api.get("/v1/oidc").text() + set.text()).doesNotContain(FakeProvider.SECRET);
        assertThat(api.put("/v1/oidc", wish(it -> it.put("clientId", "else")))
                        .json()
                        .path("clientSecret")
                        .asBoolean())
                .isFalse(); // it was another client's
        assertThat(api.put("/v1/oidc", wish(it -> it.put("clientSecret", "")))
                        .json()
                        .path("clientSecret")
                        .asBoolean())
                .isFalse();
    }

    private static void bad(Answer answer, String field) {
        refused(answer, 422, "bad-value", "");
        assertThat(answer.at("/field")).isEqualTo(field);
    }

    @Test
    void whatCannotBeAProviderIsRefusedWhenItIsSet() throws Exception {
        for (String issuer : List.of("ftp://x", "https://", "https://u:p@x", "https://x/?a", "https://x/#a", "x")) {
            bad(set(it -> it.put("issuer", issuer)), "issuer");
        }
        refused(set(it -> it.put("issuer", "https://169.254.169.254")), 422, "provider-unfit", "may not be called");
        bad(set(it -> it.put("issuer", "http://10.255.255.1")), "issuer"); // no TLS
        refused(set(it -> it.put("issuer", provider.issuer() + "/")), 422, "provider-unfit", "calls itself");
        bad(set(it -> it.put("sessionMinutes", 4)), "sessionMinutes");
        bad(set(it -> it.put("clientId", "a\nb")), "clientId");
        bad(set(it -> it.put("ca", "no pem")), "ca");
        refused(set(it -> group(it, "member", "rde")), 422, "unknown-project", "rde");
        bad(set(it -> group(it, "operator", "red")), "groups[2]");
        bad(set(it -> group(it, "owner", "red")), "groups[2].role");
        provider.description = said -> said.put("jwks_uri", "http://169.254.169.254/keys");
        made(set(it -> it));
        refused(signIn("carol"), 409, "provider-unfit", "may not be called");
        provider.description = said -> said.put("token_endpoint", "file:///etc/passwd");
        refused(set(it -> it), 422, "provider-unfit", "not an address");
    }

    private Answer set(UnaryOperator<ObjectNode> change) throws Exception {
        return api.put("/v1/oidc", wish(change));
    }

    private static ObjectNode group(ObjectNode wish, String role, String project) {
        wish.withArray("/groups")
                .addObject()
                .put("group", "g")
                .put("role", role)
                .put("project", project);
        return wish;
    }
}
