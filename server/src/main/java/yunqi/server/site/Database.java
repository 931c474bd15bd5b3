package yunqi.server.site;

import java.util.Optional;
import yunqi.core.base.Clock;
import yunqi.core.base.EngineException;
import yunqi.server.store.MemoryStore;
import yunqi.server.store.PostgresProcess;
import yunqi.server.store.PostgresSettings;
import yunqi.server.store.PostgresStore;
import yunqi.server.store.Store;

/** The open store, and what keeps its database running where that is ours. */
public final class Database implements AutoCloseable {
    private final Store store;
    private final Optional<DatabaseDaemon> daemon;

    private Database(Store store, Optional<DatabaseDaemon> daemon) {
        this.store = store;
        this.daemon = daemon;
    }

    /** The PostgreSQL that comes along: started unless it runs, and kept running. */
    public static Database embedded(PostgresProcess process, Clock clock) throws EngineException {
        DatabaseDaemon daemon = DatabaseDaemon.start(process);
        try {
            return new Database(PostgresStore.open(daemon.settings(), clock), Optional.of(daemon));
        } catch (RuntimeException e) {
            daemon.close();
            throw e;
        }
    }

    /** A PostgreSQL that somebody else runs. */
    public static Database external(String url, String user, String password, Clock clock) {
        return new Database(PostgresStore.open(PostgresSettings.of(url, user, password), clock), Optional.empty());
    }

    /** Rows in memory, gone with the process. */
    public static Database memory(Clock clock) {
        return new Database(new MemoryStore(clock), Optional.empty());
    }

    public Store store() {
        return store;
    }

    @Override
    public void close() {
        store.close();
        daemon.ifPresent(DatabaseDaemon::close);
    }
}
