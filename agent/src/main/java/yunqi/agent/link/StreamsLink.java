package yunqi.agent.link;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.reconcile.Backoff;
import yunqi.core.wire.Link;

/** Asks the server which streams users want, and opens each. */
public final class StreamsLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StreamsLink.class);
    private static final Duration POLL = Duration.ofSeconds(30);
    private static final Backoff RETRY = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10));
    private static final int AT_ONCE = 100; // each holds an engine's stream and a socket; people are few

    private static final int REMEMBERED = 10_000; // tickets are good for half a minute; nobody opens so many in it

    private final HttpServerLink link;
    private final Sessions sessions;
    private final Set<String> begun = Collections.newSetFromMap(new LinkedHashMap<String, Boolean>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    });
    private final Semaphore slots = new Semaphore(AT_ONCE);
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("stream-", 0).factory());
    private final Thread poller;

    public StreamsLink(HttpServerLink link, Sessions sessions) {
        this.link = link;
        this.sessions = sessions;
        this.poller = Thread.ofVirtual().name("streams-poll").start(this::poll);
    }

    private void poll() {
        int failures = 0;
        try {
            while (true) {
                List<Link.StreamRequest> requests = List.of();
                try {
                    requests = link.streams(POLL);
                    failures = 0;
                } catch (EngineException e) {
                    failures++;
                    LOG.debug("streams cannot be asked for: {}", e.getMessage());
                    Thread.sleep(RETRY.pause(failures));
                }
                for (Link.StreamRequest request : requests) {
                    // Told again while it is still being opened: a command must not run twice.
                    if (begun.add(request.ticket())) {
                        slots.acquire();
                        threads.execute(() -> carry(request));
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void carry(Link.StreamRequest request) {
        try {
            StreamEnd.carry(link, request, sessions);
        } catch (EngineException e) {
            // The user hears of it: the server ends a stream whose host doesn't come.
            LOG.info("a {} stream of {} could not be opened: {}", request.kind(), request.instance(), e.getMessage());
        } finally {
            slots.release();
        }
    }

    @Override
    public void close() {
        poller.interrupt();
        threads.shutdownNow();
    }
}
