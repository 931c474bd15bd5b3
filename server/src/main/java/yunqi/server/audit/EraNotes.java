package yunqi.server.audit;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.audit.AuditEntry;
import yunqi.core.audit.AuditFilter;
import yunqi.core.audit.Outcome;
import yunqi.core.audit.What;
import yunqi.core.audit.Who;
import yunqi.core.base.Clock;
import yunqi.server.store.Audit;
import yunqi.server.store.Audit.Announced;
import yunqi.server.store.Audit.Asked;
import yunqi.server.store.Era;
import yunqi.server.store.Store;
import yunqi.server.store.StoreUnavailable;

/**
 * Writes into the audit that the database went back to an older state: entries that came after the one before this note, until it was written, are forgotten. Once for each era, whichever server is
 * first.
 */
public final class EraNotes implements AutoCloseable {
    /** What such an entry is about. */
    public static final String KIND = "era";

    private static final Logger LOG = LoggerFactory.getLogger(EraNotes.class);
    private static final Duration LOOK = Duration.ofSeconds(10);

    private final Store store;
    private final Audit audit;
    private final Clock clock;
    private final String by;
    private final Thread thread;
    private long noted;

    private EraNotes(Store store, Audit audit, Clock clock, String by) {
        this.store = store;
        this.audit = audit;
        this.clock = clock;
        this.by = by;
        this.thread = Thread.ofVirtual().name("audit-eras").unstarted(this::watch);
    }

    /** Notes the present era, if it is one that begins with a loss, and from now on every other. */
    public static EraNotes open(Store store, Audit audit, Clock clock, String by) {
        EraNotes notes = new EraNotes(store, audit, clock, by);
        notes.look();
        notes.thread.start();
        return notes;
    }

    private void watch() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                try {
                    look();
                } catch (StoreUnavailable e) {
                    LOG.debug("noted later: {}", e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks whether the era was noted. Noting it twice at the same moment makes one entry, as both have one id. */
    void look() {
        Era era = store.era();
        if (!era.forgetful() || era.start() == noted) {
            return;
        }
        String name = Long.toString(era.start());
        AuditFilter same = AuditFilter.read(word ->
                word.equals("kind") ? Optional.of(KIND) : word.equals("name") ? Optional.of(name) : Optional.empty());
        if (audit.list(Asked.newest(same, 1)).isEmpty()) {
            AuditEntry entry = AuditEntry.of(
                    clock.now(),
                    Who.site(),
                    new What("*", "*", Optional.empty(), KIND, name),
                    new Outcome(200, Optional.of("database-went-back"), Optional.empty()),
                    "");
            UUID id = UUID.nameUUIDFromBytes((KIND + " " + name).getBytes(StandardCharsets.UTF_8));
            audit.announce(by, List.of(new Announced(id, entry)));
            audit.append(List.of(new Announced(id, entry)));
        }
        noted = era.start();
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
