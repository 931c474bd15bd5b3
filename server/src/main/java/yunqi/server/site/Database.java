package yunqi.server.site;

import java.util.Optional;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.server.store.Audit;
import yunqi.server.store.MemoryAudit;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.PostgresProcess;
import yunqi.server.store.PostgresSettings;
import yunqi.server.store.PostgresStore;
import yunqi.server.store.Store;

/** The open store, and what keeps its database running where that is ours. */
public final class Database implements AutoCloseable {
    private final Store store;
    private final Audit audit;
    private final Optional<DatabaseDaemon> daemon;

    private Database(Store store, Audit audit, Optional<DatabaseDaemon> daemon) {
        this.store = store;
        this.audit = audit;
        this.daemon = daemon;
    }

    /** The PostgreSQL that comes along: started unless it runs, and kept running. */
    public static Database embedded(PostgresProcess process, Clock clock) throws EngineException {
        DatabaseDaemon daemon = DatabaseDaemon.start(process);
        try {
            PostgresStore store = PostgresStore.open(daemon.settings(), clock);
            return new Database(store, store.audit(), Optional.of(daemon));
        } catch (RuntimeException e) {
            daemon.close();
            throw e;
        }
    }

    /** A PostgreSQL that somebody else runs. */
    public static Database external(String url, String user, String password, Clock clock) {
        PostgresStore store = PostgresStore.open(PostgresSettings.of(url, user, password), clock);
        return new Database(store, store.audit(), Optional.empty());
    }

    /** Rows in memory, gone with the process. */
    public static Database memory(Clock clock) {
        return new Database(new MemoryStore(clock), new MemoryAudit(), Optional.empty());
    }

    public Store store() {
        return store;
    }

    public Audit audit() {
        return audit;
    }

    @Override
    public void close() {
        store.close();
        daemon.ifPresent(DatabaseDaemon::close);
    }
}
