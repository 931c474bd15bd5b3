package yunqi.server.store;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The contract on the real thing. */
final class PostgresStoreIT extends StoreContract {
    private Store store = new MemoryStore(Instant::now);

    @BeforeEach
    void open() throws Exception {
        store = PostgresStore.open(PostgresForTests.database(), Instant::now);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Override
    Store store() {
        return store;
    }

    @Override
    void pass(Duration time) {
        // The database has a clock of its own.
    }
}
