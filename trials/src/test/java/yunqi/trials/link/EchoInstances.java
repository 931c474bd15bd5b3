package yunqi.trials.link;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import yunqi.core.base.EngineException;
import yunqi.core.image.ImageType;
import yunqi.core.image.LocalImage;
import yunqi.core.instance.Assignment;
import yunqi.core.instance.Found;
import yunqi.core.instance.InstanceDriver;
import yunqi.core.instance.InstanceId;
import yunqi.core.instance.Session;
import yunqi.core.network.Attachment;

/** One instance whose commands give back what they are given, until their input ends; {@code flood N} gives N bytes instead. */
final class EchoInstances implements InstanceDriver {
    private final InstanceId one;
    final CountDownLatch closed = new CountDownLatch(1);
    volatile String size = "";

    EchoInstances(InstanceId one) {
        this.one = one;
    }

    @Override
    public ImageType type() {
        return ImageType.CONTAINER;
    }

    @Override
    public List<Found> list() {
        return List.of(found());
    }

    @Override
    public Optional<Found> find(InstanceId id) {
        return id.equals(one) ? Optional.of(found()) : Optional.empty();
    }

    private Found found() {
        return new Found(one, 1, "", Found.State.RUNNING, Optional.empty(), Optional.empty(), Optional.empty(), true);
    }

    @Override
    public void create(Assignment assignment, LocalImage image, List<Attachment> attachments) throws EngineException {
        throw nothing();
    }

    @Override
    public void start(InstanceId id) throws EngineException {
        throw nothing();
    }

    @Override
    public void stop(InstanceId id, Duration grace) throws EngineException {
        throw nothing();
    }

    @Override
    public void remove(InstanceId id) throws EngineException {
        throw nothing();
    }

    @Override
    public Session console(InstanceId id) {
        return new Echo(0);
    }

    @Override
    public Session exec(InstanceId id, List<String> command, boolean terminal) throws EngineException {
        return switch (command.getFirst()) {
            case "echo" -> new Echo(0);
            case "flood" -> new Echo(Integer.parseInt(command.get(1)));
            default -> throw new EngineException(EngineException.Kind.REFUSED, "no such program");
        };
    }

    @Override
    public Session logs(InstanceId id, int tail, boolean follow) {
        return new Echo(tail);
    }

    @Override
    public AutoCloseable watch(Consumer<InstanceId> changed) {
        return () -> {};
    }

    private static EngineException nothing() {
        return new EngineException(EngineException.Kind.REFUSED, "only echoes");
    }

    private final class Echo implements Session {
        private static final int CHUNK = 100_000; // more than one frame holds
        private final BlockingQueue<Optional<byte[]>> pending = new LinkedBlockingQueue<>();
        private int left;
        private boolean flood;

        Echo(int flood) {
            this.left = flood;
            this.flood = flood > 0;
        }

        @Override
        public Optional<Chunk> read() throws IOException {
            if (flood) {
                int length = Math.min(CHUNK, left);
                left -= length;
                byte[] bytes = new byte[length];
                for (int i = 0; i < length; i++) {
                    bytes[i] = (byte) (left + length - i);
                }
                return length == 0 ? Optional.empty() : Optional.of(new Chunk(Channel.OUT, ByteBuffer.wrap(bytes)));
            }
            try {
                return pending.take().map(bytes -> new Chunk(Channel.ERR, ByteBuffer.wrap(bytes)));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }

        @Override
        public void write(byte[] bytes) {
            pending.add(Optional.of(bytes));
        }

        @Override
        public void closeInput() {
            pending.add(Optional.empty());
        }

        @Override
        public void resize(int columns, int rows) {
            size = columns + "x" + rows;
        }

        @Override
        public Optional<Integer> exitCode() {
            return Optional.of(7);
        }

        @Override
        public void close() {
            pending.add(Optional.empty());
            closed.countDown();
        }
    }
}
