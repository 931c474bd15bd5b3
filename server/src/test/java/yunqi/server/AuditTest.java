package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;
import static yunqi.server.Tenants.PASSWORD;
import static yunqi.server.Tenants.WEB;
import static yunqi.server.Tenants.made;
import static yunqi.server.Tenants.refused;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.audit.AuditEntry;
import yunqi.core.audit.Outcome;
import yunqi.core.wire.Wire;
import yunqi.server.ApiForTests.Answer;
import yunqi.server.http.Desk;
import yunqi.server.http.Reply;
import yunqi.server.http.Route;
import yunqi.server.site.AuditRoutes;
import yunqi.server.store.Audit;
import yunqi.server.store.Audit.Asked;

/** Who did what, as the API writes it down and tells it. */
final class AuditTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private final Tenants api = new Tenants();

    AuditTest() throws Exception {}

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    private List<AuditEntry> entries() {
        return api.raw().audit.list(Asked.after(0, Audit.PAGE_LIMIT));
    }

    private List<AuditEntry> entries(Answer answer) {
        String request = answer.header("X-Request-Id");
        return entries().stream()
                .filter(entry -> entry.request().equals(request))
                .toList();
    }

    /** The one entry of this request. */
    private AuditEntry entry(Answer answer) throws Exception {
        List<AuditEntry> found = Eventually.within(
                PATIENCE, "an entry of " + answer.text(), () -> entries(answer), list -> !list.isEmpty());
        assertThat(found).hasSize(1);
        return found.getFirst();
    }

    private static String path(Route route) {
        return route.path()
                .replace("{project}", "red")
                .replaceFirst("^/v1/projects/\\{name}", "/v1/projects/blue")
                .replace("{token}", "none")
                .replace("{id}", "00000000-0000-0000-0000-000000000001")
                .replace("{name}", "web");
    }

    private record Called(Route route, Answer answer) {}

    /** Each of them, as an operator with a body that fits nothing much, as a member of another project, and as nobody. */
    @Test
    void everyRouteThatChangesSomethingLeavesOneEntry() throws Exception {
        String bob = api.token("bob", "{\"name\":\"b\"}");
        List<Called> calls = new ArrayList<>();
        for (Route route : api.raw().routes()) {
            for (String token : List.of(api.raw().token, bob, "")) {
                String method = route.method().name();
                if (!method.equals("GET")) {
                    String body = method.equals("DELETE") ? "" : "{}";
                    calls.add(new Called(route, api.as(token, method, path(route), body)));
                }
            }
            api.now = api.now.plusSeconds(60); // what comes without a token is written down, a hundred a minute
        }
        assertThat(calls).hasSizeGreaterThan(80);
        boolean accepted = false;
        for (Called call : calls) {
            Answer answer = call.answer;
            AuditEntry entry = entry(answer);
            assertThat(entry.what().route()).isEqualTo(call.route.path());
            assertThat(entry.what().method()).isEqualTo(call.route.method().name());
            assertThat(entry.outcome().status()).as(entry.toString()).isEqualTo(answer.status());
            if (answer.status() >= 400) {
                assertThat(entry.outcome().code()).contains(answer.at("/code"));
                assertThat(entry.outcome().field().orElse("")).isEqualTo(answer.at("/field"));
            }
            assertThat(entry.who().from()).isEqualTo("127.0.0.1");
            accepted |= entry.outcome().result() == Outcome.Result.ACCEPTED;
        }
        assertThat(accepted).isTrue();
        assertThat(entries().stream().map(AuditEntry::request).filter(id -> !id.isEmpty()))
                .as("no request has two entries")
                .doesNotHaveDuplicates();
    }

    @Test
    void anEntryTellsWhoDidWhatAndWhyNot() throws Exception {
        String bob = api.token("bob", "{\"name\":\"laptop\"}");
        AuditEntry created = entry(api.as(bob, "PUT", "/v1/projects/blue/instances/db", WEB));
        assertThat(created.who().name()).isEqualTo("bob");
        assertThat(created.who().label()).contains("laptop");
        assertThat(created.who().token()).isPresent();
        assertThat(created.what().project()).contains("blue");
        assertThat(created.what().kind() + " " + created.what().name()).isEqualTo("instance db");
        assertThat(created.outcome()).isEqualTo(Outcome.accepted(201));
        assertThat(created.at()).isEqualTo(api.now);
        AuditEntry wrong = entry(api.as(bob, "PUT", "/v1/projects/blue/instances/db", "{\"spec\":{\"image\":7}}"));
        assertThat(wrong.outcome().status()).isEqualTo(422);
        assertThat(wrong.outcome().code()).contains("bad-value");
        assertThat(wrong.outcome().field()).isPresent();
        AuditEntry hidden = entry(api.as(bob, "DELETE", "/v1/projects/red/instances/web", ""));
        assertThat(hidden.who().name()).isEqualTo("bob");
        assertThat(hidden.outcome().code()).contains("not-found");
        AuditEntry operators = entry(api.as(bob, "GET", "/v1/hosts", ""));
        assertThat(operators.outcome().code()).as("a look at what is not his").contains("operators-only");
        AuditEntry nobody = entry(api.as("", "DELETE", "/v1/projects/red/instances/web", ""));
        assertThat(nobody.who().name()).isEqualTo("anonymous");
        assertThat(nobody.who().token()).isEmpty();
        AuditEntry token = entry(api.post("/v1/users/bob/tokens", "{\"name\":\"ci\"}"));
        assertThat(token.who().name()).isEqualTo("operator");
        assertThat(token.what().name()).isEqualTo("bob/ci");
        AuditEntry login = entry(api.as("", "POST", "/v1/login", login("alice", PASSWORD)));
        assertThat(login.what().name()).isEqualTo("alice");
        assertThat(login.outcome().status()).isEqualTo(201);
        AuditEntry failed = entry(api.as("", "POST", "/v1/login", login("alice", "guess")));
        assertThat(failed.what().name()).isEqualTo("alice");
        assertThat(failed.outcome().code()).contains("bad-login");
        assertThat(entry(api.get("/v1/users/bob/tokens")).outcome().status())
                .as("a look at tokens")
                .isEqualTo(200);
        Answer looked = api.as(bob, "GET", "/v1/projects/blue/instances/db", "");
        entry(api.delete("/v1/projects/blue/instances/db"));
        assertThat(entries(looked)).as("other looks leave nothing").isEmpty();
    }

    private static String login(String user, String password) {
        return "{\"user\":\"" + user + "\",\"password\":\"" + password + "\"}";
    }

    @Test
    void noSecretIsInAnyEntry() throws Exception {
        List<String> secrets = new ArrayList<>(List.of(api.raw().token, PASSWORD, "hunter2hunter2"));
        String bob = api.token("bob", "{\"name\":\"b\"}");
        secrets.add(bob);
        secrets.add(api.post("/v1/join-tokens", "").at("/token"));
        Answer session = api.as("", "POST", "/v1/login", login("alice", PASSWORD));
        secrets.add(session.at("/token"));
        api.as("", "POST", "/v1/login", login("hunter2hunter2", "x"));
        api.as(
                secrets.getLast(),
                "POST",
                "/v1/users/alice/password",
                "{\"password\":\"hunter2hunter2\",\"old\":\"x\"}");
        api.post("/v1/users/bob/password", "{\"password\":\"hunter2hunter2\"}");
        api.as("", "POST", "/v1/join", "{\"token\":\"" + secrets.get(4) + "\"}");
        String spec = "{\"spec\":{\"type\":\"container\",\"image\":\"busybox\",\"env\":{\"KEY\":\"hunter2hunter2\"},"
                + "\"command\":[\"hunter2hunter2\"]}}";
        api.as(bob, "PUT", "/v1/projects/blue/instances/s", spec);
        api.as(bob, "POST", "/v1/projects/blue/instances/s/exec", "{\"command\":[\"hunter2hunter2\"]}");
        for (String secret : List.of(api.raw().token, bob)) {
            api.as(bob, "PUT", "/v1/projects/blue/instances/t", "{\"" + secret + "\":1}");
            api.as(bob, "PUT", "/v1/projects/blue/instances/t?" + secret + "=1", WEB);
            api.as(bob, "PUT", "/v1/projects/blue/instances/" + secret, WEB);
            api.as(bob, "DELETE", "/v1/projects/" + secret + "/instances/t", "");
            api.as(bob, "PUT", "/v2/" + secret + "/x/manifests/y", "");
            api.as(secret + "x", "POST", "/v1/logout", "");
        }
        int before = entries().size();
        AuditEntry last = entry(api.put("/v1/projects/green", "{}"));
        assertThat(last.number()).isGreaterThan(before).isGreaterThan(20);
        String text = Wire.write(entries());
        assertThat(text).contains("(no name)", "(other)", "bad-login");
        for (String secret : secrets) {
            assertThat(text).doesNotContain(secret);
        }
    }

    @Test
    void itIsSearchedAndPaged() throws Exception {
        String bob = api.token("bob", "{\"name\":\"b\"}");
        api.as(bob, "PUT", "/v1/projects/blue/instances/one", WEB);
        api.as(bob, "PUT", "/v1/projects/blue/instances/two", "{\"spec\":{}}");
        api.now = api.now.plusSeconds(60);
        entry(api.as(bob, "DELETE", "/v1/projects/blue/instances/one", ""));
        assertThat(names("?actor=bob")).containsExactly("one", "two", "one");
        assertThat(names("?actor=bob&result=refused")).containsExactly("two");
        assertThat(names("?actor=bob&name=one&kind=instance&project=blue")).containsExactly("one", "one");
        assertThat(names("?actor=bob&from=" + api.now)).containsExactly("one");
        assertThat(names("?actor=bob&to=" + api.now)).containsExactly("two", "one");
        Answer page = api.get("/v1/audit?actor=bob&limit=2");
        assertThat(page.json().path("items")).hasSize(2);
        Answer rest = api.get("/v1/audit?actor=bob&limit=2&after=" + page.at("/next"));
        assertThat(rest.json().path("items")).hasSize(1);
        assertThat(rest.json().has("next")).isFalse();
        refused(api.get("/v1/audit?limit=1001"), 422, "bad-value", "not between");
        refused(api.get("/v1/audit?from=yesterday"), 422, "bad-value", "time");
        refused(api.get("/v1/audit?from=+1000000-01-01T00:00:00Z"), 422, "bad-value", "");
        refused(api.get("/v1/audit?result=fine"), 422, "bad-value", "accepted");
        refused(api.get("/v1/audit?actor=a%00b"), 422, "bad-value", "printable");
    }

    private List<String> names(String query) throws Exception {
        List<String> names = new ArrayList<>();
        JsonNode items = api.get("/v1/audit" + query).json().path("items");
        items.forEach(item -> names.add(item.at("/what/name").asText()));
        return names;
    }

    @Test
    void anAdminSeesWhatWasDoneInHisProjectAlone() throws Exception {
        String alice = api.token("alice", "{\"name\":\"a\"}");
        entry(api.put("/v1/projects/red/instances/x", WEB));
        Answer seen = api.as(alice, "GET", "/v1/projects/red/audit", "");
        assertThat(seen.status()).isEqualTo(200);
        assertThat(seen.json().path("items")).isNotEmpty();
        seen.json()
                .path("items")
                .forEach(item -> assertThat(item.at("/what/project").asText()).isEqualTo("red"));
        String lines = api.as(alice, "GET", "/v1/projects/red/audit/export", "").text();
        assertThat(lines.lines()).isNotEmpty().allMatch(line -> line.contains("\"project\":\"red\""));
        assertThat(api.as(alice, "GET", "/v1/audit", "").status()).isEqualTo(403);
        assertThat(api.as(alice, "GET", "/v1/projects/blue/audit", "").status()).isEqualTo(404);
        assertThat(api.as(alice, "GET", "/v1/projects/red/audit?project=blue", "")
                        .status())
                .isEqualTo(422);
    }

    /** A project of the same name is another project. */
    @Test
    void whatAnEarlierProjectOfTheNameDidIsNotShown() throws Exception {
        made(api.put("/v1/projects/green", "{}"));
        api.delete("/v1/projects/green/networks/default");
        entry(api.put("/v1/projects/green/networks/old", "{\"spec\":{\"cidr\":\"10.9.0.0/24\"}}"));
        for (String network : List.of("old", "default")) {
            api.gone("/v1/projects/green/networks/" + network);
        }
        api.now = api.now.plusSeconds(1);
        entry(api.delete("/v1/projects/green"));
        api.now = api.now.plusSeconds(1);
        assertThat(api.get("/v1/projects/green").status()).isEqualTo(404);
        made(api.put("/v1/projects/green", "{}"));
        Answer own = api.get("/v1/projects/green/audit");
        assertThat(own.text()).doesNotContain("\"old\"").doesNotContain("DELETE");
        assertThat(api.get("/v1/audit?project=green").text()).contains("\"old\"");
    }

    @Test
    void anExportGoesOnWhereItEnded() throws Exception {
        entry(api.put("/v1/projects/green", "{}"));
        List<AuditEntry> read = new ArrayList<>();
        int size = 7;
        List<AuditEntry> page = List.of();
        do {
            long after = read.isEmpty() ? 0 : read.getLast().number();
            page = api.get("/v1/audit/export?limit=" + size + "&after=" + after)
                    .text()
                    .lines()
                    .map(line -> Wire.read("line", line, AuditEntry.class))
                    .toList();
            read.addAll(page);
        } while (page.size() == size && read.size() < 1_000);
        assertThat(read).hasSizeGreaterThan(10).isEqualTo(entries().subList(0, read.size()));
        assertThat(entry(api.get("/v1/audit/export?limit=1")).what().kind()).isEqualTo("export");
    }

    @Test
    void theChainIsWhole() throws Exception {
        AuditEntry last = entry(api.put("/v1/projects/green", "{}"));
        Answer whole = api.get("/v1/audit/verify");
        assertThat(whole.json().path("complete").asBoolean()).isTrue();
        assertThat(whole.json().has("broken")).isFalse();
        assertThat(whole.json().path("upto").asLong()).isGreaterThanOrEqualTo(last.number());
        Answer from = api.get("/v1/audit/verify?after=" + last.number() + "&hash=" + last.hash());
        assertThat(from.json().has("broken")).isFalse();
        entry(api.put("/v1/projects/brown", "{}"));
        Answer other = api.get("/v1/audit/verify?after=" + last.number() + "&hash=" + "0".repeat(64));
        assertThat(other.json().path("broken").asLong()).isEqualTo(last.number() + 1);
        Answer beyond = api.get("/v1/audit/verify?after=1000000&hash=" + last.hash());
        assertThat(beyond.at("/why")).contains("ends with entry");
        refused(api.get("/v1/audit/verify?after=3"), 422, "bad-value", "belong together");
    }

    @Test
    void theFirstBrokenEntryIsNamed() throws Exception {
        entry(api.put("/v1/projects/green", "{}"));
        List<AuditEntry> all = entries();
        assertThat(all).hasSizeGreaterThan(10);
        assertThat(verified(all).path("upto").asLong()).isEqualTo(all.size());
        List<AuditEntry> changed = new ArrayList<>(all);
        changed.set(4, all.get(4).times(2));
        assertThat(verified(changed).path("broken").asLong()).isEqualTo(5);
        List<AuditEntry> removed = new ArrayList<>(all);
        removed.remove(2);
        assertThat(verified(removed).path("broken").asLong()).isEqualTo(3);
        List<AuditEntry> cut = all.subList(0, all.size() - 1);
        assertThat(verified(cut).path("broken").asLong()).isEqualTo(all.size());
        assertThat(verified(List.of()).path("broken").asLong()).isEqualTo(1);
    }

    /** What a check says where the store gives these entries, and has its marks as they were. */
    private JsonNode verified(List<AuditEntry> entries) {
        Audit audit = api.raw().audit;
        Audit.Ends ends = audit.ends();
        Audit tampered = new Audit() {
            @Override
            public void announce(String by, List<Announced> more) {}

            @Override
            public void append(List<Announced> more) {}

            @Override
            public List<Announced> left(String by, java.time.Instant before, int limit) {
                return List.of();
            }

            @Override
            public List<AuditEntry> list(Asked asked) {
                return entries.stream()
                        .filter(entry -> entry.number() > asked.from())
                        .limit(3)
                        .toList();
            }

            @Override
            public Ends ends() {
                return ends;
            }

            @Override
            public void forget(long upto) {}
        };
        Reply reply = new Desk(new AuditRoutes(api.store(), tampered).routes())
                .answer(new Desk.Asked(Route.Method.GET, "/v1/audit/verify", Map.of(), ""));
        JsonNode verdict = Wire.tree(((Reply.Body.Json) reply.body()).value());
        Optional<JsonNode> broken = Optional.ofNullable(verdict.get("broken"));
        assertThat(broken.isPresent() || verdict.path("upto").asLong() > 0).isTrue();
        return verdict;
    }
}
