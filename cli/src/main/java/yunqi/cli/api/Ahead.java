package yunqi.cli.api;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.HttpsURLConnection;

/**
 * Does beside the reading of a command's words what its first call needs most of its time for: the JVM gets its cryptography ready and connects to the server.
 * The call finds the connection in the pool of the JDK's HTTP client, which goes by the {@link Trust} that made it. Whatever goes wrong here is found again,
 * and told, by the call itself.
 */
public final class Ahead {
    /** Nothing is done ahead. */
    public static final Ahead NOTHING = new Ahead();

    private static final Duration PATIENCE = Duration.ofSeconds(1); // of a call that finds this unfinished
    private static final Set<String> LOCAL =
            Set.of("up", "down", "purge", "join", "completion", "context", "help", "login");

    private final CompletableFuture<Ready> trusted = new CompletableFuture<>();
    private final CompletableFuture<Boolean> connected = new CompletableFuture<>();

    /** Of which cloud, and the trust that connections to it are made with. */
    private record Ready(Contexts.Context context, Trust trust) {}

    private Ahead() {}

    /** Begins, if these are the words of a command that calls a server. */
    public static Ahead of(Surroundings around, List<String> words) {
        if (words.isEmpty()
                || LOCAL.contains(words.getFirst())
                || words.getFirst().startsWith("-")) {
            return NOTHING;
        }
        Ahead ahead = new Ahead();
        Thread.ofPlatform().daemon().name("ahead").start(() -> ahead.run(around));
        return ahead;
    }

    private void run(Surroundings around) {
        try {
            Contexts.Context context = new Contexts(around).pick(Optional.empty());
            Trust trust = Trust.only(context.ca());
            trusted.complete(new Ready(context, trust));
            connect(context, trust);
            connected.complete(true);
        } catch (Trouble | IOException | IllegalArgumentException e) {
            trusted.cancel(false);
            connected.cancel(false);
        }
    }

    /** Asks what costs the server nothing. The answer is read to its end: that puts the connection into the pool. */
    private static void connect(Contexts.Context context, Trust trust) throws IOException {
        URI version = URI.create(context.url().replaceAll("/+$", "") + "/v1/version");
        if (trust.open(version.toURL()) instanceof HttpsURLConnection connection) {
            connection.setConnectTimeout((int) Api.CONNECT.toMillis());
            connection.setReadTimeout((int) Api.CONNECT.toMillis());
            connection.setInstanceFollowRedirects(false);
            if (connection.getResponseCode() == HttpURLConnection.HTTP_OK) {
                try (InputStream in = connection.getInputStream()) {
                    in.skipNBytes(connection.getContentLengthLong());
                    in.read();
                }
            }
        }
    }

    /** The trust for this cloud, if it is the one that was connected to. */
    Optional<Trust> trust(Contexts.Context context) {
        if (this == NOTHING) {
            return Optional.empty();
        }
        try {
            Ready ready = trusted.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            if (!same(ready.context(), context)) {
                return Optional.empty();
            }
            connected.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return Optional.of(ready.trust());
        } catch (ExecutionException | TimeoutException | java.util.concurrent.CancellationException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Word by word: the JVM makes a record's own comparison at its first use, which takes longer than a call to a server. */
    private static boolean same(Contexts.Context one, Contexts.Context other) {
        return one.url().equals(other.url())
                && one.token().equals(other.token())
                && one.ca().equals(other.ca());
    }
}
