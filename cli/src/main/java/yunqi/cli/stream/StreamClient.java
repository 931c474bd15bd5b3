package yunqi.cli.stream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import yunqi.cli.api.Api;
import yunqi.cli.api.Trouble;
import yunqi.core.wire.Link;

/** One stream between this process and an instance, from its ticket to its end. */
public final class StreamClient {
    private static final int CHUNK = 16 * 1024; // below what any WebSocket library takes as one message
    private static final int MESSAGE_LIMIT = 1 << 20;
    private static final Duration OPEN = Duration.ofSeconds(15); // the agent must hear of it and dial in
    private static final Duration CLOSE = Duration.ofSeconds(2);
    private static final byte ESCAPE = 0x1d; // ^]

    /** The near side: what goes in, where it comes out, whether keys go raw, whether {@code ^]} leaves. */
    public record Near(
            Optional<InputStream> in, OutputStream out, OutputStream err, boolean terminal, boolean escape) {}

    /** How it ended: the exit code if there was one, or that the user left. */
    public record Ended(Optional<Integer> exitCode, boolean left) {}

    private final Near near;
    private final CountDownLatch end = new CountDownLatch(1);
    private volatile Optional<Integer> exitCode = Optional.empty();
    private final AtomicReference<@Nullable String> trouble = new AtomicReference<>();
    private volatile boolean left;

    private StreamClient(Near near) {
        this.near = near;
    }

    /** Opens the stream at this path and carries bytes until it ends. */
    public static Ended run(Api api, String path, Near near) throws InterruptedException {
        StreamClient client = new StreamClient(near);
        WebSocket socket = client.open(api, path);
        try {
            if (near.terminal()) {
                Runnable tell = () -> Terminal.size().ifPresent(size -> client.send(socket, Frames.size(size)));
                tell.run();
                Terminal.onResize(tell);
            }
            near.in().ifPresent(in -> {
                Thread reader = Thread.ofPlatform().daemon().name("input").unstarted(() -> client.read(in, socket));
                reader.start();
            });
            client.end.await();
        } finally {
            client.close(socket);
        }
        String trouble = client.trouble.get();
        if (trouble != null && client.exitCode.isEmpty() && !client.left) {
            throw Trouble.failed(trouble);
        }
        return new Ended(client.exitCode, client.left);
    }

    private WebSocket open(Api api, String path) throws InterruptedException {
        URI address = URI.create(api.context().url().replaceAll("/+$", "").replaceFirst("^http", "ws") + path);
        try {
            return api.client()
                    .newWebSocketBuilder()
                    .connectTimeout(OPEN)
                    .header("Authorization", "Bearer " + api.context().token())
                    .buildAsync(address, new Listener())
                    .get(OPEN.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw Trouble.failed(
                    "the stream could not be opened (" + cause.getClass().getSimpleName()
                            + (cause.getMessage() == null ? "" : ": " + cause.getMessage())
                            + ")\n  its host may not be heard from: 'yunqi host list' shows it");
        }
    }

    private void read(InputStream in, WebSocket socket) {
        byte[] chunk = new byte[CHUNK];
        try {
            while (end.getCount() > 0) {
                int length = in.read(chunk);
                if (length < 0) {
                    send(socket, Frames.endOfInput());
                    return;
                }
                int escape = near.escape() ? indexOf(chunk, length) : -1;
                if (escape >= 0) {
                    left = true;
                    end.countDown();
                    return;
                }
                send(socket, Frames.input(chunk, length));
            }
        } catch (IOException e) {
            send(socket, Frames.endOfInput()); // an input that cannot be read any more has ended
        }
    }

    private static int indexOf(byte[] chunk, int length) {
        for (int i = 0; i < length; i++) {
            if (chunk[i] == ESCAPE) {
                return i;
            }
        }
        return -1;
    }

    /** One frame at a time, in order: a WebSocket takes the next only when the last has gone. */
    private synchronized void send(WebSocket socket, ByteBuffer frame) {
        if (socket.isOutputClosed()) {
            return;
        }
        try {
            socket.sendBinary(frame, true).join();
        } catch (CompletionException e) {
            end.countDown();
        }
    }

    /** The first trouble counts: what follows, such as the line going away, comes of it. */
    private void tell(String text) {
        trouble.compareAndSet(null, text);
    }

    private void close(WebSocket socket) throws InterruptedException {
        try {
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(CLOSE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            socket.abort();
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final ByteArrayOutputStream message = new ByteArrayOutputStream();

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            message.writeBytes(bytes);
            try {
                if (last) {
                    byte[] whole = message.toByteArray();
                    message.reset();
                    take(whole);
                } else if (message.size() > MESSAGE_LIMIT) {
                    throw new IOException("a frame of more than " + MESSAGE_LIMIT + " bytes");
                }
            } catch (IOException e) {
                // Our own output is closed (head, less): nobody wants the rest.
                tell("the stream ended: " + e.getMessage());
                end.countDown();
            }
            socket.request(1);
            return null;
        }

        private void take(byte[] frame) throws IOException {
            if (frame.length == 0) {
                return;
            }
            switch (frame[0]) {
                case Link.OUTPUT -> write(near.out(), frame);
                case Link.ERRORS -> write(near.err(), frame);
                case Link.CONTROL ->
                    Frames.control(java.util.Arrays.copyOfRange(frame, 1, frame.length))
                            .ifPresent(control -> {
                                control.trouble().ifPresent(StreamClient.this::tell);
                                control.exitCode().ifPresent(code -> exitCode = Optional.of(code));
                                if (control.exitCode().isPresent()
                                        || control.trouble().isPresent()) {
                                    end.countDown();
                                }
                            });
                default -> {} // of a newer server
            }
        }

        private static void write(OutputStream out, byte[] frame) throws IOException {
            out.write(frame, 1, frame.length - 1);
            out.flush();
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            if (code != WebSocket.NORMAL_CLOSURE) {
                tell(reason.isEmpty() ? "the stream broke off" : reason);
            }
            end.countDown();
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            tell("the stream broke off (" + error.getClass().getSimpleName() + ")");
            end.countDown();
        }
    }
}
