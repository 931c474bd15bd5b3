package yunqi.drivers.libvirt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import yunqi.core.instance.Log;

/**
 * What a VM printed on its serial console, as virtlogd keeps it: a file that is moved to {@code .0} when full, {@code .0} to {@code .1} and so on.
 * Reads the last lines, then perhaps on until closed.
 */
final class LogFiles implements Log {
    static final int SIZE_LIMIT = 2 << 20; // bytes of one file; a tenant must not fill the host's disk by printing
    static final int BACKUPS = 3;
    private static final Duration POLL =
            Duration.ofMillis(100); // a person doesn't see it, a host with many followers hardly feels it
    private static final int CHUNK = 64 * 1024;

    private final Path log;
    private final boolean follow;
    private final Deque<Path> older = new ArrayDeque<>();
    private volatile Optional<FileChannel> open = Optional.empty();
    private volatile boolean closed;

    private LogFiles(Path log, boolean follow) {
        this.log = log;
        this.follow = follow;
    }

    /** From the beginning of the last {@code tail} lines (of all with a negative number). */
    static LogFiles open(Path log, int tail, boolean follow) throws IOException {
        LogFiles files = new LogFiles(log, follow);
        for (int i = BACKUPS - 1; i >= 0; i--) {
            Path backup = log.resolveSibling(log.getFileName() + "." + i);
            if (Files.exists(backup)) {
                files.older.add(backup);
            }
        }
        files.older.add(log);
        files.skipTo(tail);
        return files;
    }

    /** Looks for the beginning of the tail from the end, file by file, and forgets what is older. */
    private void skipTo(int tail) throws IOException {
        if (tail < 0) {
            return;
        }
        if (tail == 0) {
            older.clear();
            older.add(log);
            if (Files.exists(log)) {
                FileChannel channel = channel(older.remove());
                open = Optional.of(channel.position(channel.size()));
            }
            return;
        }
        Deque<Path> kept = new ArrayDeque<>();
        int lines = 0;
        while (!older.isEmpty()) {
            Path file = older.removeLast();
            kept.addFirst(file);
            if (!Files.exists(file)) {
                continue;
            }
            byte[] bytes = Files.readAllBytes(file);
            int end = bytes.length;
            for (int i = end - 1; i >= 0; i--) {
                // The last line may not be finished yet: it counts as one.
                boolean ends = bytes[i] == '\n' && !(kept.size() == 1 && i == end - 1);
                if (ends && ++lines >= tail) {
                    open = Optional.of(channel(file).position(i + 1));
                    kept.removeFirst();
                    older.clear();
                    older.addAll(kept);
                    return;
                }
            }
        }
        older.addAll(kept);
    }

    private static FileChannel channel(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.READ);
    }

    @Override
    public Optional<Chunk> read() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(CHUNK);
        while (!closed) {
            try {
                if (open.isEmpty() && !older.isEmpty() && (!older.peek().equals(log) || Files.exists(log))) {
                    open = Optional.of(channel(older.remove()));
                }
                if (open.isPresent() && open.get().read(bytes) > 0) {
                    return Optional.of(new Chunk(Channel.OUT, bytes.flip()));
                }
            } catch (NoSuchFileException e) {
                open = Optional.empty(); // it was moved on between two looks; the next one has the rest
            } catch (java.nio.channels.ClosedChannelException e) {
                return Optional.empty();
            }
            if (!older.isEmpty() && open.isPresent()) {
                next();
            } else if (!follow) {
                return Optional.empty();
            } else {
                pause();
                if (open.isPresent() && moved(open.get())) {
                    older.add(log);
                }
            }
        }
        return Optional.empty();
    }

    /** True once the file that is read has been moved away, and there is a new one in its place. */
    private boolean moved(FileChannel channel) throws IOException {
        return Files.exists(log) && Files.size(log) < channel.position();
    }

    private void next() throws IOException {
        if (open.isPresent()) {
            open.get().close();
        }
        open = Optional.empty();
    }

    private void pause() throws IOException {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted while following " + log);
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            next();
        } catch (IOException e) {
            // A file that was only read loses nothing when its closing fails.
            return;
        }
    }
}
