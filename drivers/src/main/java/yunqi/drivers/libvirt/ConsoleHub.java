package yunqi.drivers.libvirt;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import yunqi.core.instance.Session;

/**
 * The serial console of one VM, shared: QEMU serves one connection at a time, so all viewers share ours. It is open while there is a viewer and the
 * guest runs. Output from before the first viewer is in the log.
 */
final class ConsoleHub {
    private static final int CHUNK = 8 * 1024;
    private static final int BACKLOG = 256; // chunks that a slow viewer may lag behind before it loses the oldest
    private static final ByteBuffer END = ByteBuffer.allocate(0); // nothing else that is offered is empty

    private final SocketChannel channel;
    private final Set<Viewer> viewers = new HashSet<>();
    private boolean ended;

    private ConsoleHub(SocketChannel channel) {
        this.channel = channel;
    }

    static ConsoleHub connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        ConsoleHub hub = new ConsoleHub(channel);
        Thread.ofVirtual().name("console").start(hub::pump);
        return hub;
    }

    /** One more viewer; empty if the console is at its end. */
    synchronized Optional<Session> view() {
        if (ended) {
            return Optional.empty();
        }
        Viewer viewer = new Viewer();
        viewers.add(viewer);
        return Optional.of(viewer);
    }

    synchronized boolean ended() {
        return ended;
    }

    private void pump() {
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
        try {
            while (channel.read(buffer.clear()) >= 0) {
                byte[] bytes = new byte[buffer.flip().remaining()];
                buffer.get(bytes);
                all().forEach(viewer -> viewer.offer(ByteBuffer.wrap(bytes)));
            }
        } catch (IOException e) {
            // The guest has ended, or the last viewer has left: the end is all that there is to say.
            end();
            return;
        }
        end();
    }

    private synchronized List<Viewer> all() {
        return List.copyOf(viewers);
    }

    private synchronized void end() {
        ended = true;
        viewers.forEach(viewer -> viewer.offer(END));
        viewers.clear();
        try {
            channel.close();
        } catch (IOException e) {
            return; // it is of no use any more, closed or not
        }
    }

    private synchronized void leave(Viewer viewer) {
        viewers.remove(viewer);
        viewer.offer(END);
        if (viewers.isEmpty()) {
            end();
        }
    }

    private final class Viewer implements Session {
        private final BlockingQueue<ByteBuffer> queue = new ArrayBlockingQueue<>(BACKLOG);

        private void offer(ByteBuffer bytes) {
            while (!queue.offer(bytes)) {
                queue.poll();
            }
        }

        @Override
        public Optional<Chunk> read() throws IOException {
            try {
                ByteBuffer bytes = queue.take();
                if (!bytes.hasRemaining()) {
                    offer(END);
                    return Optional.empty();
                }
                return Optional.of(new Chunk(Channel.OUT, bytes.asReadOnlyBuffer()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new java.io.InterruptedIOException("interrupted while reading a console");
            }
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            ByteBuffer rest = ByteBuffer.wrap(bytes);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        }

        @Override
        public void closeInput() {
            // A serial line has no end of input.
        }

        @Override
        public void resize(int columns, int rows) {
            // A serial line knows no size.
        }

        @Override
        public Optional<Integer> exitCode() {
            return Optional.empty();
        }

        @Override
        public void close() {
            leave(this);
        }
    }
}
