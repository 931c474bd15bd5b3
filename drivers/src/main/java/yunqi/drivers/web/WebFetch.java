package yunqi.drivers.web;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import yunqi.core.base.Bytes;
import yunqi.core.base.EngineException;

/**
 * Fetches a file by HTTP into one on this machine. A file that is partly here is gone on with where the other end can do that. Every address is looked at before it
 * is connected to, and that address and no other is used: a name that means something else a moment later gains nothing, and neither does
 * a redirect.
 */
public final class WebFetch {
    private static final int REDIRECTS = 5; // mirrors send two at most
    private static final int CHUNK = 1 << 16;
    private static final Set<Integer> MOVED = Set.of(301, 302, 303, 307, 308);

    private final Reachable reachable;
    private final Room room;

    /** Says whether so many more bytes may be written; throws {@code NO_CAPACITY} if not. */
    @FunctionalInterface
    public interface Room {
        void require(long bytes) throws EngineException;
    }

    public WebFetch(Reachable reachable, Room room) {
        this.reachable = reachable;
        this.room = room;
    }

    /**
     * Fetches into {@code file}, at most {@code most} bytes. {@code REFUSED} if the address may not be fetched from, doesn't have it or has more
     * than that; {@code UNAVAILABLE} if the other end does not answer or breaks off: the next call goes on from there.
     */
    public void fetch(String from, Path file, Bytes most) throws EngineException {
        URI at;
        try {
            at = uri(from);
        } catch (IllegalArgumentException e) {
            throw new EngineException(EngineException.Kind.REFUSED, "'" + from + "' is not an address", e);
        }
        String host = at.getHost();
        for (int redirects = 0; redirects <= REDIRECTS; redirects++) {
            Optional<URI> next = fetchOnce(at, file, most);
            if (next.isEmpty()) {
                return;
            }
            at = next.get();
        }
        throw new EngineException(
                EngineException.Kind.REFUSED, host + " sends from one address to the next without an end");
    }

    /** Where the other end sends us; empty when all of the file is here. */
    private Optional<URI> fetchOnce(URI from, Path file, Bytes most) throws EngineException {
        long here = length(file);
        try (WebAnswer answer = WebAnswer.ask(from, addresses(from), here)) {
            if (MOVED.contains(answer.status())) {
                return Optional.of(redirect(from, answer.header("location").orElse("")));
            }
            if (answer.status() == 416 && here > 0) {
                return whole(from, answer, file, here);
            }
            boolean goesOn = answer.status() == 206 && answer.begins() == here;
            if (answer.status() != 200 && !goesOn) {
                throw complaint(from, answer.status());
            }
            answer.encoded();
            long start = goesOn ? here : 0;
            Optional<Long> coming = answer.length();
            if (coming.isPresent() && start + coming.get() > most.count()) {
                throw refused(
                        from, "has " + new Bytes(start + coming.get()) + "; the most that is taken here is " + most);
            }
            room.require(coming.orElse(0L));
            copy(from, answer.body(), file, start, most);
            return Optional.empty();
        } catch (IOException e) {
            throw new EngineException(
                    EngineException.Kind.UNAVAILABLE,
                    from.getHost() + " does not answer or broke off: " + e.getMessage(),
                    e);
        }
    }

    /** The other end has nothing beyond what is here: that is all of it, or the file there is another one by now. */
    private static Optional<URI> whole(URI from, WebAnswer answer, Path file, long here)
            throws IOException, EngineException {
        if (answer.header("content-range").orElse("").equals("bytes */" + here)) {
            return Optional.empty();
        }
        Files.deleteIfExists(file);
        throw new EngineException(
                EngineException.Kind.UNAVAILABLE, from.getHost() + " has another file now; it is fetched anew");
    }

    private List<InetAddress> addresses(URI from) throws EngineException {
        String host = from.getHost().replaceAll("^\\[|]$", "");
        try {
            List<InetAddress> permitted = reachable.of(host);
            if (permitted.isEmpty()) {
                throw refused(
                        from,
                        "is not an address of the public Internet; the operator opens others with images.fetchFrom in server.json");
            }
            return permitted;
        } catch (UnknownHostException e) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "the name " + host + " is not known", e);
        }
    }

    private static URI redirect(URI from, String location) throws EngineException {
        try {
            URI next = uri(from.resolve(location).toString());
            if ("https".equalsIgnoreCase(from.getScheme()) && !"https".equalsIgnoreCase(next.getScheme())) {
                throw refused(from, "sends to an address without TLS");
            }
            return next;
        } catch (IllegalArgumentException e) {
            throw new EngineException(EngineException.Kind.REFUSED, from.getHost() + " sends to what is no address", e);
        }
    }

    /** Throws {@link IllegalArgumentException} for what is no address of a web server. */
    private static URI uri(String text) {
        URI uri = URI.create(text);
        if (!String.valueOf(uri.getScheme()).matches("(?i)https?")
                || uri.getHost() == null
                || uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException("not an address of a web server");
        }
        return uri;
    }

    private void copy(URI from, InputStream in, Path file, long start, Bytes most) throws IOException, EngineException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.truncate(start).position(start);
            var out = Channels.newOutputStream(channel);
            byte[] buffer = new byte[CHUNK];
            long count = start;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                count += n;
                if (count > most.count()) {
                    throw refused(from, "sends more than " + most + ", the most that is taken here");
                }
                room.require(n);
                out.write(buffer, 0, n);
            }
            channel.force(true);
        }
    }

    private static long length(Path file) throws EngineException {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "cannot look at " + file, e);
        }
    }

    private static EngineException complaint(URI from, int status) {
        boolean passing = status >= 500 || status == 408 || status == 425 || status == 429;
        return passing
                ? new EngineException(
                        EngineException.Kind.UNAVAILABLE, from.getHost() + " answers with status " + status)
                : refused(from, "answers with status " + status);
    }

    private static EngineException refused(URI from, String why) {
        return new EngineException(EngineException.Kind.REFUSED, from.getHost() + " " + why);
    }
}
