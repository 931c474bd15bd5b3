package yunqi.server.agents;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.Clock;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.host.HostId;
import yunqi.core.host.HostSpec;
import yunqi.core.wire.Wire;
import yunqi.server.host.HostTable;
import yunqi.server.store.Row;
import yunqi.server.store.Store;
import yunqi.server.store.StoreUnavailable;
import yunqi.server.store.Write;
import yunqi.server.store.Written;

/**
 * Many hosts pretended inside the server ({@code simulated} in its settings): for trying Yunqi out without being root, and for measuring the server
 * alone. They take assignments and report as agents do, without the network between.
 */
public final class PretendedHosts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PretendedHosts.class);
    private static final Duration REPORT = Duration.ofSeconds(5); // as agents do when nothing happens
    private static final Duration PAUSE = Duration.ofSeconds(1); // before a store that didn't answer is asked again

    private final Store store;
    private final HostLink link;
    private final Clock clock;
    private final List<Thread> threads = new ArrayList<>();

    public PretendedHosts(Store store, HostLink link, Clock clock) {
        this.store = store;
        this.link = link;
        this.clock = clock;
    }

    /** Makes the rows of so many hosts unless they are there, and lets each live in a thread of its own until closed. */
    public synchronized void start(int count) {
        String boot = UUID.randomUUID().toString();
        for (int i = 1; i <= count; i++) {
            Name name = new Name(String.format(Locale.ROOT, "pretended-%04d", i));
            PretendedHost host = new PretendedHost(row(name), name.value(), boot);
            threads.add(Thread.ofVirtual().name(name.value()).start(() -> live(host)));
        }
    }

    private HostId row(Name name) {
        Optional<Row> known = store.find(HostTable.KIND, Optional.empty(), name);
        if (known.isPresent()) {
            return new HostId(known.get().id());
        }
        UUID id = UUID.randomUUID();
        Meta meta = new Meta(id, Optional.empty(), name, Labels.NONE, 1, 0, 0, 0, clock.now(), Optional.empty());
        Written written = store.write(List.of(new Write.Create(
                new Row(HostTable.KIND, meta, Wire.write(HostSpec.FIRST), Row.EMPTY, Row.EMPTY, Optional.empty()))));
        if (written instanceof Written.Refused refused) {
            throw new IllegalStateException("a pretended host cannot be made: " + refused.detail());
        }
        return new HostId(id);
    }

    private void live(PretendedHost host) {
        long reported = System.nanoTime() - REPORT.toNanos();
        while (!Thread.currentThread().isInterrupted()) {
            try {
                link.assignments(host.id(), host.version()).ifPresent(news -> host.take(news, clock.now()));
                if (host.news() || System.nanoTime() - reported >= REPORT.toNanos()) {
                    host.reported(link.observe(host.id(), host.report()));
                    reported = System.nanoTime();
                }
                link.await(host.id(), REPORT);
            } catch (StoreUnavailable e) {
                LOG.debug("the store does not answer", e);
                pause();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        threads.forEach(Thread::interrupt);
    }
}
