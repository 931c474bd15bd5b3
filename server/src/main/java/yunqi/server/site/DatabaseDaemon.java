package yunqi.server.site;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import yunqi.core.base.EngineException;
import yunqi.core.reconcile.Backoff;
import yunqi.server.store.PostgresProcess;
import yunqi.server.store.PostgresSettings;

/** Keeps the PostgreSQL that comes along running. It outlives the server. */
public final class DatabaseDaemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseDaemon.class);
    private static final Duration LOOK = Duration.ofMillis(500); // a look is one small read of /proc
    private static final Backoff RETRY = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));

    private final PostgresProcess process;
    private final PostgresSettings settings;
    private final Thread watch;

    private DatabaseDaemon(PostgresProcess process, PostgresSettings settings) {
        this.process = process;
        this.settings = settings;
        this.watch = Thread.ofVirtual().name("site-postgres").start(this::watch);
    }

    /** Starts it unless it runs, and watches it from then on. Nothing can be done without it, so a failure is the caller's. */
    public static DatabaseDaemon start(PostgresProcess process) throws EngineException {
        return new DatabaseDaemon(process, process.start());
    }

    /** How to reach it. */
    public PostgresSettings settings() {
        return settings;
    }

    private void watch() {
        int failures = 0;
        try {
            while (true) {
                if (process.running()) {
                    failures = 0;
                    Thread.sleep(LOOK);
                    continue;
                }
                LOG.warn("PostgreSQL ended by itself; it is started again");
                try {
                    process.start();
                } catch (EngineException e) {
                    LOG.warn("PostgreSQL is not up: {}", e.getMessage());
                    Thread.sleep(RETRY.pause(++failures));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the watching. PostgreSQL runs on. */
    @Override
    public void close() {
        watch.interrupt();
    }
}
