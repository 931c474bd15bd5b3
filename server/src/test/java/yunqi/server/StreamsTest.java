package yunqi.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import yunqi.core.base.Bytes;
import yunqi.core.host.HostId;
import yunqi.core.instance.InstanceDecided;
import yunqi.core.instance.InstanceSeen;
import yunqi.core.instance.Phase;
import yunqi.core.wire.Link;
import yunqi.core.wire.Wire;
import yunqi.server.ApiForTests.Answer;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.Row;
import yunqi.server.store.Write;

/** Tickets and the user's end of streams, over real HTTPS and WebSockets. */
final class StreamsTest {
    private static final String WEB = "/v1/projects/default/instances/web";

    private final Instant now = ApiForTests.BEGIN;
    private final ApiForTests api;

    StreamsTest() throws Exception {
        api = ApiForTests.on(new MemoryStore(() -> now), () -> now);
        api.image("busybox", "container", "16MiB");
        api.put(WEB, "{\"spec\":{\"type\":\"container\",\"image\":\"busybox\"}}");
    }

    @AfterEach
    void close() throws Exception {
        api.close();
    }

    @Test
    void whatDoesNotRunHasNoStreams() throws Exception {
        Answer placedNowhere = api.post(WEB + "/exec", "{\"command\":[\"id\"]}");
        assertThat(placedNowhere.status()).isEqualTo(409);
        assertThat(placedNowhere.at("/code")).isEqualTo("not-running");
        place(Phase.STOPPED);
        assertThat(api.post(WEB + "/console", "").at("/code")).isEqualTo("not-running");
        assertThat(api.post(WEB + "/logs", "").status()).isEqualTo(201);
    }

    @Test
    void aCommandMustBeGiven() throws Exception {
        place(Phase.RUNNING);
        assertThat(api.post(WEB + "/exec", "{\"command\":[]}").at("/field")).isEqualTo("command");
        assertThat(api.post(WEB + "/exec", "{}").at("/field")).isEqualTo("command");
        assertThat(api.post(WEB + "/exec", "").at("/field")).isEqualTo("body");
    }

    @Test
    void aTicketOpensOneStreamOnce() throws Exception {
        place(Phase.RUNNING);
        Answer ticket = api.post(WEB + "/exec", "{\"command\":[\"id\"],\"terminal\":true}");
        assertThat(ticket.status()).isEqualTo(201);
        assertThat(ticket.at("/url")).isEqualTo("/v1/streams/" + ticket.at("/ticket"));
        User first = new User(ticket.at("/url"));
        User second = new User(ticket.at("/url"));
        assertThat(second.next()).startsWith("closed 1008 this ticket is unknown, used or too old");
        first.socket
                .sendBinary(ByteBuffer.wrap(new byte[] {Link.INPUT, 'x'}), true)
                .get(10, TimeUnit.SECONDS);
        api.streams.close();
        assertThat(first.next()).startsWith("3 {").contains("the server stops");
        assertThat(first.next()).startsWith("closed 1000");
        assertThat(new User("/v1/streams/0123").next()).startsWith("closed 1008");
    }

    @Test
    void aStreamEndsWithTheRightToIt() throws Exception {
        place(Phase.RUNNING);
        api.put("/v1/users/carol", "{}");
        api.put("/v1/projects/default/grants/carol", "{\"spec\":{\"role\":\"member\"}}");
        for (String taken : List.of("/v1/users/carol/tokens/laptop", "/v1/projects/default/grants/carol")) {
            String token = api.post(
                            "/v1/users/carol/tokens",
                            "{\"name\":\"" + taken.substring(taken.lastIndexOf('/') + 1) + "\"}")
                    .at("/token");
            HttpRequest exec = HttpRequest.newBuilder(api.uri(WEB + "/exec"))
                    .header("Authorization", "Bearer " + token)
                    .POST(HttpRequest.BodyPublishers.ofString("{\"command\":[\"id\"]}"))
                    .build();
            User user = new User(api.send(exec).at("/url"));
            assertThat(api.delete(taken).status()).as(taken).isLessThan(300);
            assertThat(user.next()).startsWith("3 {").contains("the right to this was taken back");
            assertThat(user.next()).startsWith("closed 1000");
        }
    }

    @Test
    void framesOfMoreThan64KibibytesAreRefused() throws Exception {
        place(Phase.RUNNING);
        User user = new User(api.post(WEB + "/console", "").at("/url"));
        user.socket.sendBinary(ByteBuffer.wrap(new byte[64 * 1024 + 2]), true).get(10, TimeUnit.SECONDS);
        assertThat(user.next()).startsWith("closed 1009");
        assertThatThrownBy(() -> new User("/v1/nothing/x")).hasMessageContaining("WebSocketHandshakeException");
    }

    private void place(Phase phase) throws Exception {
        UUID host = api.host("host-1", 4, Bytes.gibibytes(8), now);
        Row web = api.store.get(UUID.fromString(api.get(WEB).at("/id"))).orElseThrow();
        InstanceDecided decided = new InstanceDecided(
                Optional.of(new HostId(host)),
                1,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.of(now),
                "",
                Optional.empty());
        api.must(new Write.Decide(web.id(), 1, 0, Wire.write(decided), Optional.of(host)));
        InstanceSeen seen = new InstanceSeen(
                new HostId(host),
                1,
                phase,
                true,
                Optional.of(now),
                Optional.of(now),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                "",
                "",
                0,
                "",
                Optional.of("boot"),
                Optional.empty());
        api.must(new Write.Observe(web.id(), 0, Wire.write(seen)));
    }

    /** A user's WebSocket, with what came in. */
    private final class User implements WebSocket.Listener {
        private final LinkedBlockingQueue<String> came = new LinkedBlockingQueue<>();
        private final WebSocket socket;

        User(String path) throws Exception {
            socket = api.client()
                    .newWebSocketBuilder()
                    .buildAsync(URI.create(api.uri(path).toString().replace("https:", "wss:")), this)
                    .get(20, TimeUnit.SECONDS);
        }

        String next() throws InterruptedException {
            String next = came.poll(20, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("nothing came");
            }
            return next;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            byte kind = data.get();
            came.add(kind + " " + StandardCharsets.UTF_8.decode(data));
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
            came.add("closed " + status + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            came.add("broken " + error);
        }
    }
}
