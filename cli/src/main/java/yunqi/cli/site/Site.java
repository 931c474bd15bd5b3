package yunqi.cli.site;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import yunqi.cli.api.Surroundings;
import yunqi.cli.api.Trouble;
import yunqi.core.base.BadValue;
import yunqi.core.base.Name;

/** What the commands on this machine share. */
final class Site {
    private Site() {}

    /** Held while a command changes what runs here: two at once would start everything twice. */
    record Lock(FileChannel channel, FileLock held) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            held.close();
            channel.close();
        }
    }

    static Lock lock(Root root) throws IOException {
        FileChannel channel =
                FileChannel.open(root.folder().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held;
        try {
            held = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            held = null;
        }
        if (held == null) {
            channel.close();
            throw Trouble.failed("another 'yunqi up', 'down' or 'purge' is at work on " + root.folder()
                    + "; wait for it, then try again");
        }
        return new Lock(channel, held);
    }

    static Path jdk(Surroundings around) {
        return around.env("YUNQI_JDK").map(Path::of).orElseGet(() -> Path.of(System.getProperty("java.home", "")));
    }

    /** {@code local}, or for another root than the usual one the name of its folder. */
    static String contextName(Root root) {
        if (root.folder().equals(Root.USUAL)) {
            return "local";
        }
        try {
            return new Name(root.folder().getFileName().toString()).value();
        } catch (BadValue e) {
            return "local-" + Integer.toHexString(root.folder().hashCode());
        }
    }

    /** The root that a command means: the one named, else the usual one, else the one of a pretended site, whichever was made by us. */
    static Root find(Surroundings around, Optional<Path> named) {
        if (named.isPresent()) {
            return new Root(named.get());
        }
        Root usual = new Root(Root.USUAL);
        Root simulated = new Root(Up.usual(around, true));
        return simulated.ours() && !(Account.root() && usual.ours()) ? simulated : usual;
    }

    /** How to start things with the jars that were used last, today's if there are none. */
    static Launch launch(Surroundings around, Root root) throws IOException {
        Path today = around.programFolder().resolve("dist/lib");
        return new Launch(jdk(around), new Builds(root).current().orElse(today));
    }
}
