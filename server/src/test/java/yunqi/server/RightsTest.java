package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.server.Tenants.made;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.server.ApiForTests.Answer;

/** Who may call what: a table of every route, and each route called by everybody. A route that is not in the table fails the test: its author must say who may call it. */
final class RightsTest {
    /** Routes by right, each a method and a path. */
    private static final Map<String, List<String>> TABLE = Map.of(
            "anyone",
            List.of(
                    "GET /healthz",
                    "GET /v1/openapi.json",
                    "GET /v1/version",
                    "POST /v1/join",
                    "POST /v1/login",
                    "POST /v1/login/oidc",
                    "POST /v1/login/oidc/finish"),
            "signed-in",
            List.of(
                    "GET /v1/me",
                    "POST /v1/logout",
                    "GET /v1/projects",
                    "GET /v1/flavors",
                    "GET /v1/flavors/{name}",
                    "GET /v1/flavors/{name}/events"),
            "reader",
            List.of(
                    "GET /v1/projects/{project}/images",
                    "GET /v1/projects/{project}/images/{name}",
                    "GET /v1/projects/{project}/images/{name}/events"),
            "viewer",
            List.of(
                    "GET /v1/projects/{name}",
                    "GET /v1/projects/{name}/events",
                    "GET /v1/projects/{project}/grants",
                    "GET /v1/projects/{project}/grants/{name}",
                    "GET /v1/projects/{project}/images/{name}/import",
                    "GET /v1/projects/{project}/grants/{name}/events",
                    "GET /v1/projects/{project}/networks",
                    "GET /v1/projects/{project}/networks/{name}",
                    "GET /v1/projects/{project}/networks/{name}/events",
                    "GET /v1/projects/{project}/instances",
                    "GET /v1/projects/{project}/instances/{name}",
                    "GET /v1/projects/{project}/instances/{name}/events",
                    "GET /v1/projects/{project}/instances/{name}/explanation",
                    "POST /v1/projects/{project}/instances/{name}/logs"),
            "member",
            List.of(
                    "PUT /v1/projects/{project}/images/{name}",
                    "DELETE /v1/projects/{project}/images/{name}",
                    "POST /v1/projects/{project}/images/{name}/import",
                    "DELETE /v1/projects/{project}/images/{name}/import",
                    "PUT /v1/projects/{project}/images/{name}/import/file",
                    "PUT /v1/projects/{project}/networks/{name}",
                    "DELETE /v1/projects/{project}/networks/{name}",
                    "PUT /v1/projects/{project}/instances/{name}",
                    "DELETE /v1/projects/{project}/instances/{name}",
                    "POST /v1/projects/{project}/instances",
                    "POST /v1/projects/{project}/instances/{name}/restart",
                    "POST /v1/projects/{project}/instances/{name}/exec",
                    "POST /v1/projects/{project}/instances/{name}/console"),
            "admin",
            List.of(
                    "GET /v1/projects/{project}/audit",
                    "GET /v1/projects/{project}/audit/export",
                    "PUT /v1/projects/{project}/grants/{name}",
                    "DELETE /v1/projects/{project}/grants/{name}"),
            "self",
            List.of(
                    "GET /v1/users/{name}",
                    "GET /v1/users/{name}/events",
                    "GET /v1/users/{name}/tokens",
                    "POST /v1/users/{name}/tokens",
                    "DELETE /v1/users/{name}/tokens/{token}",
                    "POST /v1/users/{name}/password"),
            "operator",
            List.of(
                    "GET /metrics",
                    "GET /v1/audit",
                    "GET /v1/audit/export",
                    "GET /v1/audit/verify",
                    "GET /v1/orphans",
                    "POST /v1/orphans/instances/{id}/adopt",
                    "DELETE /v1/orphans/instances/{id}",
                    "DELETE /v1/orphans/networks/{id}",
                    "POST /v1/join-tokens",
                    "GET /v1/oidc",
                    "PUT /v1/oidc",
                    "DELETE /v1/oidc",
                    "PUT /v1/projects/{name}",
                    "DELETE /v1/projects/{name}",
                    "GET /v1/users",
                    "PUT /v1/users/{name}",
                    "DELETE /v1/users/{name}",
                    "PUT /v1/flavors/{name}",
                    "DELETE /v1/flavors/{name}",
                    "GET /v1/hosts",
                    "GET /v1/hosts/{name}",
                    "GET /v1/hosts/{name}/events",
                    "PUT /v1/hosts/{name}",
                    "DELETE /v1/hosts/{name}"));

    /** Who is let in by which right, in the project red, of which vera is a viewer, mike a member and adam an admin; vera is also the user whom paths name. */
    private static final Map<String, Set<String>> LET_IN = Map.of(
            "nobody", Set.of("anyone"),
            "bob", Set.of("anyone", "signed-in"),
            "vera", Set.of("anyone", "signed-in", "reader", "viewer", "self"),
            "mike", Set.of("anyone", "signed-in", "reader", "viewer", "member"),
            "adam", Set.of("anyone", "signed-in", "reader", "viewer", "member", "admin"),
            "operator", Set.of("anyone", "signed-in", "reader", "viewer", "member", "admin", "self", "operator"));

    private final Tenants api = new Tenants();

    RightsTest() throws Exception {}

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    /** Method and path, and the right that it needs, of everything that the server says it has. */
    private SortedMap<String, String> served() throws Exception {
        SortedMap<String, String> rights = new TreeMap<>();
        for (Map.Entry<String, JsonNode> path :
                api.get("/v1/openapi.json").json().path("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                // Whoever has a stream's ticket has its right.
                if (!path.getKey().equals("/v1/streams/{ticket}")) {
                    rights.put(
                            operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                            operation.getValue().path("x-right").asText());
                }
            }
        }
        return rights;
    }

    @Test
    void everyRouteIsInTheTable() throws Exception {
        SortedMap<String, String> table = new TreeMap<>();
        TABLE.forEach((right, routes) -> routes.forEach(route -> table.put(route, right)));
        assertThat(served()).isEqualTo(table);
    }

    @Test
    void everyRouteLetsInWhomItShould() throws Exception {
        Map<String, String> tokens = new TreeMap<>(Map.of("nobody", "", "operator", api.raw().token));
        for (Map.Entry<String, String> role :
                Map.of("vera", "viewer", "mike", "member", "adam", "admin").entrySet()) {
            made(api.put("/v1/users/" + role.getKey(), "{}"));
            made(api.put(
                    "/v1/projects/red/grants/" + role.getKey(), "{\"spec\":{\"role\":\"" + role.getValue() + "\"}}"));
        }
        for (String user : List.of("bob", "vera", "mike", "adam")) {
            tokens.put(user, api.token(user, "{\"name\":\"t\"}"));
        }
        List<String> wrong = new ArrayList<>();
        int calls = 0;
        for (Map.Entry<String, String> route : served().entrySet()) {
            for (String who : List.of("nobody", "bob", "vera", "mike", "adam", "operator")) {
                if (last(route.getKey())) {
                    continue; // ends the caller's own token, or the user whom the other paths name
                }
                Answer answer = call(tokens.getOrDefault(who, ""), route.getKey());
                calls++;
                boolean letIn = LET_IN.getOrDefault(who, Set.of()).contains(route.getValue());
                if (letIn(answer, who) != letIn) {
                    wrong.add(who + " " + route.getKey() + ": " + answer.status() + " " + answer.text());
                }
                if (answer.status() >= 500) {
                    wrong.add(who + " " + route.getKey() + ": " + answer.text());
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(calls).isGreaterThan(250);
        assertThat(call("", "DELETE /v1/users/{name}").status()).isEqualTo(401);
        assertThat(call(tokens.getOrDefault("adam", ""), "DELETE /v1/users/{name}")
                        .status())
                .isEqualTo(403);
        assertThat(call("", "POST /v1/logout").status()).isEqualTo(401);
    }

    private static boolean last(String route) {
        return route.equals("POST /v1/logout") || route.equals("DELETE /v1/users/{name}");
    }

    /** Foreign, wrong, expired and revoked tokens, on every route that needs one. */
    @Test
    void aTokenThatIsNoneLetsNobodyInAnywhere() throws Exception {
        String soon = api.now.plusSeconds(60).toString();
        String expired = api.token("alice", "{\"name\":\"old\",\"expires\":\"" + soon + "\"}");
        String revoked = api.token("alice", "{\"name\":\"gone\"}");
        assertThat(api.as(revoked, "GET", "/v1/projects/red", "").status()).isEqualTo(200);
        api.delete("/v1/users/alice/tokens/gone");
        api.now = api.now.plusSeconds(60);
        String join = api.post("/v1/join-tokens", "").at("/token");
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, String> route : served().entrySet()) {
            for (String token :
                    List.of("", "nonsense", "0".repeat(64), "yq_" + "0".repeat(64), expired, revoked, join)) {
                int status = call(token, route.getKey()).status();
                if (!route.getValue().equals("anyone") && status != 401) {
                    wrong.add(route.getKey() + " with '" + token + "': " + status);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private Answer call(String token, String route) throws Exception {
        int space = route.indexOf(' ');
        String path = route.substring(space + 1)
                .replace("{project}", "red")
                .replaceFirst("^/v1/projects/\\{name}", "/v1/projects/red")
                .replaceFirst("^/v1/users/\\{name}", "/v1/users/vera")
                .replace("{token}", "none")
                .replace("{id}", "00000000-0000-0000-0000-000000000001")
                .replace("{name}", "none");
        String method = route.substring(0, space);
        return api.as(token, method, path, method.equals("GET") || method.equals("DELETE") ? "" : "{}");
    }

    /** True if the answer is about what was asked, whatever it is, and not about who asked. */
    private static boolean letIn(Answer answer, String who) {
        String code = answer.status() < 400 ? "" : answer.text();
        boolean hidden = answer.status() == 404
                && !who.equals("operator")
                && (code.contains("there is no project 'red'") || code.contains("there is no user 'vera'"));
        return !(answer.status() == 401 && code.contains("\"unauthorized\"")) && answer.status() != 403 && !hidden;
    }
}
