package yunqi.drivers.fake;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import yunqi.core.instance.Session;

/** A session with a pretended instance. Safe for use by its user and by the instance at once. */
final class FakeSession implements Session {
    private static final int INPUT_LIMIT = 1 << 20; // bytes not yet read by the instance; more is refused
    private final Queue<Chunk> output = new ArrayDeque<>();
    private final ByteArrayOutputStream input = new ByteArrayOutputStream();
    private boolean inputClosed;
    private boolean ended;
    private boolean closed;
    private Optional<Integer> exitCode = Optional.empty();
    private int columns = 80;
    private int rows = 24;

    @Override
    public synchronized Optional<Chunk> read() {
        return await(() -> !output.isEmpty() || ended) ? Optional.ofNullable(output.poll()) : Optional.empty();
    }

    @Override
    public synchronized void write(byte[] bytes) throws IOException {
        if (inputClosed || closed || input.size() + bytes.length > INPUT_LIMIT) {
            throw new IOException("the instance takes no more input");
        }
        input.writeBytes(bytes);
        notifyAll();
    }

    @Override
    public synchronized void closeInput() {
        inputClosed = true;
        notifyAll();
    }

    @Override
    public synchronized void resize(int newColumns, int newRows) {
        columns = newColumns;
        rows = newRows;
    }

    @Override
    public synchronized Optional<Integer> exitCode() {
        return output.isEmpty() ? exitCode : Optional.empty();
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    synchronized boolean closed() {
        return closed;
    }

    synchronized void emit(Channel channel, String text) {
        if (!closed) {
            output.add(new Chunk(channel, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
            notifyAll();
        }
    }

    synchronized void end(Optional<Integer> code) {
        ended = true;
        exitCode = code;
        notifyAll();
    }

    synchronized String size() {
        return rows + " " + columns;
    }

    /** Gives all input back as output, until there will be no more. */
    synchronized void copyInput() {
        while (await(() -> input.size() > 0 || inputClosed) && input.size() > 0) {
            emit(Channel.OUT, input.toString(StandardCharsets.UTF_8));
            input.reset();
        }
    }

    /** Takes one line of input, or all if it ends without one. */
    synchronized void readLine() {
        if (await(() -> input.toString(StandardCharsets.UTF_8).contains("\n") || inputClosed)) {
            String text = input.toString(StandardCharsets.UTF_8);
            input.reset();
            input.writeBytes(text.substring(text.indexOf('\n') + 1).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Waits under the lock until the condition holds (true), or the session is closed or its thread interrupted (false). */
    private boolean await(BooleanSupplier condition) {
        while (!closed && !condition.getAsBoolean()) {
            try {
                wait();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return !closed;
    }
}
