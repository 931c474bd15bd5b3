package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.wire.Wire;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Row;
import yunqi.server.store.Write;

/** Watching by server-sent events, over real HTTPS. */
final class WatchTest {
    private static final String LIST = "/v1/projects/default/instances";
    private static final String WEB =
            "{\"labels\":{\"tier\":\"web\"},\"spec\":{\"type\":\"container\",\"image\":\"busybox\"}}";

    private final Instant now = ApiForTests.BEGIN;
    private final MemoryStore store = new MemoryStore(() -> now);
    private final ApiForTests api;

    WatchTest() throws Exception {
        api = ApiForTests.on(store, () -> now);
        api.image("busybox", "container", "16MiB");
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    @Test
    void everyChangeIsTold() throws Exception {
        try (Watcher watcher = new Watcher(LIST + "?watch", "")) {
            api.put(LIST + "/web", WEB);
            assertThat(watcher.next()).isEqualTo("changed web 1");
            api.post(LIST + "/web/restart", "");
            assertThat(watcher.next()).isEqualTo("changed web 2");
            api.delete(LIST + "/web");
            assertThat(watcher.next()).isEqualTo("changed web 3");
            remove("web");
            assertThat(watcher.next()).isEqualTo("removed web");
        }
    }

    @Test
    void whoComesBackMissesNothing() throws Exception {
        String last;
        try (Watcher watcher = new Watcher(LIST + "?watch=true", "")) {
            api.put(LIST + "/a", WEB);
            watcher.next();
            last = watcher.lastId;
        }
        api.put(LIST + "/b", WEB);
        api.put(LIST + "/c", WEB);
        api.delete(LIST + "/c");
        remove("c");
        try (Watcher watcher = new Watcher(LIST + "?watch", last)) {
            assertThat(watcher.next()).isEqualTo("changed b 1");
            assertThat(watcher.next()).isEqualTo("removed c");
        }
        try (Watcher watcher = new Watcher(LIST + "?watch&after=" + last, "")) {
            assertThat(watcher.next()).isEqualTo("changed b 1");
        }
    }

    @Test
    void aListAndAWatchFromItsVersionHaveNoGap() throws Exception {
        api.put(LIST + "/a", WEB);
        String version = api.get(LIST).at("/version");
        api.put(LIST + "/b", WEB);
        try (Watcher watcher = new Watcher(LIST + "?watch&after=" + version, "")) {
            String first = watcher.next();
            assertThat(first.equals("changed a 1") ? watcher.next() : first).isEqualTo("changed b 1");
        }
    }

    @Test
    void whatLosesTheLabelsAskedForIsGoneForTheWatcher() throws Exception {
        try (Watcher watcher = new Watcher(LIST + "?watch&labels=tier=web", "")) {
            api.put(LIST + "/a", WEB);
            assertThat(watcher.next()).isEqualTo("changed a 1");
            api.put(LIST + "/a", WEB.replace("\"web\"", "\"db\""));
            assertThat(watcher.next()).isEqualTo("removed a");
        }
    }

    @Test
    void otherProjectsAndKindsAreNotTold() throws Exception {
        api.put("/v1/projects/other", "{}");
        try (Watcher watcher = new Watcher(LIST + "?watch", "")) {
            api.put("/v1/projects/other/instances/x", WEB);
            api.put("/v1/projects/default/networks/n", "{\"spec\":{\"cidr\":\"10.9.0.0/24\"}}");
            api.put(LIST + "/mine", WEB);
            assertThat(watcher.next()).isEqualTo("changed mine 1");
        }
    }

    @Test
    void aWatchEndsWithTheRightToIt() throws Exception {
        for (String taken :
                List.of("/v1/users/carol/tokens/laptop", "/v1/projects/default/grants/carol", "/v1/users/carol")) {
            api.put("/v1/users/carol", "{}");
            api.put("/v1/projects/default/grants/carol", "{\"spec\":{\"role\":\"viewer\"}}");
            String name = taken.endsWith("laptop") ? "laptop" : "other";
            String token = api.post("/v1/users/carol/tokens", "{\"name\":\"" + name + "\"}")
                    .at("/token");
            HttpResponse<InputStream> watch = api.client()
                    .send(
                            HttpRequest.newBuilder(api.uri(LIST + "?watch"))
                                    .header("Authorization", "Bearer " + token)
                                    .build(),
                            HttpResponse.BodyHandlers.ofInputStream());
            assertThat(watch.statusCode()).isEqualTo(200);
            assertThat(api.delete(taken).status()).as(taken).isLessThan(300);
            String all = CompletableFuture.supplyAsync(() -> rest(watch.body())).get(20, TimeUnit.SECONDS);
            assertThat(all)
                    .as(taken)
                    .startsWith(": watching")
                    .doesNotContain("event:")
                    .doesNotContain("problem");
            api.delete("/v1/users/carol/tokens/" + name);
        }
    }

    private static String rest(InputStream in) {
        try (in) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void whoComesBackTooLateIsToldToListAgain() throws Exception {
        String old = api.get(LIST).at("/version");
        for (int i = 0; i < 5; i++) {
            api.put(LIST + "/a" + i, WEB);
        }
        store.trim(1);
        ApiForTests.Answer late = api.get(LIST + "?watch&after=" + old);
        assertThat(late.status()).isEqualTo(410);
        assertThat(late.at("/code")).isEqualTo("version-trimmed");
    }

    private void remove(String name) throws Exception {
        Row row =
                store.get(UUID.fromString(api.get(LIST + "/" + name).at("/id"))).orElseThrow();
        api.must(new Write.Remove(row.id(), row.meta().decision()));
    }

    /** Reads events in a thread of its own. */
    private final class Watcher implements AutoCloseable {
        private final InputStream body;
        private final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
        private volatile String lastId = "";

        Watcher(String path, String lastEventId) throws Exception {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(api.uri(path)).header("Authorization", "Bearer " + api.token);
            if (!lastEventId.isEmpty()) {
                request.header("Last-Event-ID", lastEventId);
            }
            HttpResponse<InputStream> response =
                    api.client().send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
            body = response.body();
            Thread.ofVirtual().start(this::read);
            assertThat(events.poll(20, TimeUnit.SECONDS)).startsWith(": watching");
        }

        private void read() {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
                List<String> block = new ArrayList<>();
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (!line.isEmpty()) {
                        block.add(line);
                        continue;
                    }
                    events.add(String.join("\n", block));
                    block.clear();
                }
            } catch (java.io.IOException e) {
                events.add("closed");
            }
        }

        String next() throws InterruptedException {
            while (true) {
                String block = events.poll(20, TimeUnit.SECONDS);
                if (block == null) {
                    throw new AssertionError("no event came");
                }
                if (block.startsWith(":")) {
                    continue;
                }
                String[] lines = block.split("\n", -1);
                lastId = lines[1].substring("id: ".length());
                var data = Wire.read(
                        "data", lines[2].substring("data: ".length()), com.fasterxml.jackson.databind.JsonNode.class);
                String name = data.get("name").asText();
                return lines[0].equals("event: changed")
                        ? "changed " + name + " " + data.get("generation").asText()
                        : "removed " + name;
            }
        }

        @Override
        public void close() throws java.io.IOException {
            body.close();
        }
    }
}
