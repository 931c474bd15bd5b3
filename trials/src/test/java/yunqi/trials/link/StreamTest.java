package yunqi.trials.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import yunqi.agent.link.HttpServerLink;
import yunqi.agent.link.Sessions;
import yunqi.agent.link.StreamsLink;
import yunqi.core.host.HostId;
import yunqi.core.instance.InstanceId;
import yunqi.core.wire.Link;
import yunqi.core.wire.Wire;
import yunqi.server.streams.Streams;

final class StreamTest {
    @TempDir
    Path folder;

    private final UUID instance = UUID.randomUUID();
    private final EchoInstances instances = new EchoInstances(new InstanceId(instance));
    private TwoEnds ends;
    private HostId host;
    private HttpServerLink link;
    private StreamsLink streams;

    @BeforeEach
    void start() throws Exception {
        ends = new TwoEnds(folder, URI.create("http://127.0.0.1:1"));
        host = ends.join("one");
        link = ends.dial("one");
        streams = new StreamsLink(link, new Sessions(List.of(instances)));
    }

    @AfterEach
    void stop() {
        streams.close();
        link.close();
        ends.close();
    }

    @Test
    void whatAUserTypesReachesTheInstanceAndWhatItSaysComesBack() throws Exception {
        User user = new User();
        Streams.End end = open(user, instance, "echo");

        end.frame(frame(Link.INPUT, "hello".getBytes(StandardCharsets.UTF_8)));
        end.frame(control(
                new Link.Control(Optional.of(120), Optional.of(40), false, Optional.empty(), Optional.empty())));
        assertThat(user.next()).isEqualTo(Link.ERRORS + ":hello");
        end.frame(control(
                new Link.Control(Optional.empty(), Optional.empty(), true, Optional.empty(), Optional.empty())));

        assertThat(user.control().exitCode()).contains(7);
        assertThat(user.closed.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(user.trouble).isEmpty();
        assertThat(instances.size).isEqualTo("120x40");
        assertThat(ends.streams.count()).isZero();
    }

    @Test
    void muchOutputArrivesWholeAndInOrderThoughTheUserIsSlow() throws Exception {
        int count = 3_000_000;
        User user = new User();
        open(user, instance, "flood", Integer.toString(count));

        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (all.size() < count) {
            byte[] frame = user.frame();
            assertThat(frame[0]).isEqualTo(Link.OUTPUT);
            all.write(frame, 1, frame.length - 1);
        }
        byte[] bytes = all.toByteArray();
        for (int i = 0; i < count; i++) {
            if (bytes[i] != (byte) (count - i)) {
                throw new AssertionError("byte " + i + " is wrong");
            }
        }
        assertThat(user.control().exitCode()).contains(7);
    }

    @Test
    void theSessionEndsWhenTheUserLeaves() throws Exception {
        User user = new User();
        Streams.End end = open(user, instance, "echo");
        end.frame(frame(Link.INPUT, "x".getBytes(StandardCharsets.UTF_8)));
        assertThat(user.next()).isEqualTo(Link.ERRORS + ":x");

        end.closed(true);

        assertThat(instances.closed.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(ends.streams.count()).isZero();
    }

    @Test
    void whatCannotBeOpenedIsToldToTheUser() throws Exception {
        User program = new User();
        open(program, instance, "frobnicate");
        assertThat(program.control().trouble()).contains("no such program");

        User stranger = new User();
        open(stranger, UUID.randomUUID(), "echo");
        assertThat(stranger.control().trouble().orElseThrow()).contains("not on its host");
    }

    @Test
    void aStreamThatAnAgentTookWithItIsToldToItsSuccessor() throws Exception {
        streams.close();
        try (HttpServerLink dead = ends.dial("one");
                StreamsLink _ = new StreamsLink(dead, new Sessions(List.of(instances)))) {
            // Its question waits at the server when it goes, and takes the next request with it.
            Thread.sleep(200);
        }
        User user = new User();
        open(user, instance, "flood", "10");
        try (StreamsLink _ = new StreamsLink(link, new Sessions(List.of(instances)))) {
            assertThat(user.frame()).hasSize(11);
        }
    }

    @Test
    void aTicketIsGoodOnceForEachEnd() throws Exception {
        User user = new User();
        String ticket = ends.streams.request(host, ask(instance, "echo"), () -> true);
        assertThat(ends.streams.user(ticket, user)).isPresent();

        assertThat(ends.streams.user(ticket, new User())).isEmpty();
        assertThat(ends.streams.user("no such ticket", new User())).isEmpty();
    }

    private Streams.End open(User user, UUID of, String... command) {
        String ticket = ends.streams.request(host, ask(of, command), () -> true);
        return ends.streams.user(ticket, user).orElseThrow();
    }

    private static Streams.Ask ask(UUID of, String... command) {
        return new Streams.Ask(Link.StreamKind.EXEC, of, List.of(command), true, 0, false);
    }

    private static ByteBuffer control(Link.Control control) {
        return frame(Link.CONTROL, Wire.write(control).getBytes(StandardCharsets.UTF_8));
    }

    private static ByteBuffer frame(byte kind, byte[] bytes) {
        return ByteBuffer.allocate(bytes.length + 1).put(kind).put(bytes).flip();
    }

    /** A user's end that takes one frame at a time. */
    private static final class User implements Streams.Side {
        private final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>(1);
        final CountDownLatch closed = new CountDownLatch(1);
        volatile String trouble = "";

        @Override
        public void send(ByteBuffer frame) throws IOException {
            byte[] bytes = new byte[frame.remaining()];
            frame.get(bytes);
            try {
                frames.put(bytes);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }

        @Override
        public void close(String why) {
            trouble = why;
            closed.countDown();
        }

        byte[] frame() throws InterruptedException {
            byte[] frame = frames.poll(20, TimeUnit.SECONDS);
            if (frame == null) {
                throw new AssertionError("no frame in time; trouble: " + trouble);
            }
            return frame;
        }

        String next() throws InterruptedException {
            byte[] frame = frame();
            return frame[0] + ":" + new String(frame, 1, frame.length - 1, StandardCharsets.UTF_8);
        }

        Link.Control control() throws Exception {
            byte[] frame = frame();
            assertThat(frame[0]).isEqualTo(Link.CONTROL);
            return Wire.lenient().readValue(java.util.Arrays.copyOfRange(frame, 1, frame.length), Link.Control.class);
        }
    }
}
