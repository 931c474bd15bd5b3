package yunqi.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/** Connections to PostgreSQL with bounded statements and transactions, and what its complaints mean to us. */
final class PostgresDatabase implements AutoCloseable {
    /** Somebody else was in between: the transaction has to be done again from its beginning. */
    static final class Conflict extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Conflict(String message, @Nullable Throwable cause) {
            super(message, cause, false, false); // expected where many write; nobody reads its stack trace
        }
    }

    // How long the network may be silent beyond the statement's own limit before a connection counts as lost.
    private static final long SILENCE_SECONDS = 10;
    private final PostgresDoor door;
    private final HikariDataSource pool;
    private final Jdbi jdbi;

    private PostgresDatabase(PostgresDoor door, HikariDataSource pool) {
        this.door = door;
        this.pool = pool;
        this.jdbi = Jdbi.create(pool)
                .registerArrayType(UUID.class, "uuid")
                .registerArrayType(String.class, "text")
                .registerArrayType(Long.class, "int8");
    }

    /** Connects, and brings the tables to this version. */
    static PostgresDatabase open(PostgresSettings settings) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("store");
        PostgresDoor door = new PostgresDoor(settings, properties(settings));
        config.setDataSource(door);
        config.setMaximumPoolSize(settings.connections());
        config.setConnectionTimeout(settings.patience().toMillis());
        config.setConnectionInitSql(limits(settings));
        try {
            PostgresSchema.migrate(settings);
            return new PostgresDatabase(door, new HikariDataSource(config));
        } catch (HikariPool.PoolInitializationException e) {
            throw new StoreUnavailable("PostgreSQL at " + settings.url() + " does not answer: " + e.getMessage(), e);
        }
    }

    /** No statement, no wait for a lock, no transaction and no pause in one may last: others wait for what it holds. */
    private static String limits(PostgresSettings settings) {
        long statement = settings.statement().toMillis();
        return "set statement_timeout = " + statement
                + "; set lock_timeout = " + statement
                + "; set idle_in_transaction_session_timeout = " + statement
                // Every statement has an index. Plans are kept, and one that was made while a table was small would
                // read
                // all of it until its statistics are renewed: minutes, in which a growing site is several times slower.
                + "; set enable_seqscan = off"
                // PostgreSQL 17 and later can bound the whole transaction; earlier ones do not know the setting.
                + "; select set_config(name, '" + 3 * statement
                + "', false) from pg_settings where name = 'transaction_timeout'";
    }

    private static Properties properties(PostgresSettings settings) {
        Properties properties = new Properties();
        properties.setProperty("ApplicationName", "yunqi");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty(
                "connectTimeout", Long.toString(settings.patience().toSeconds()));
        properties.setProperty(
                "socketTimeout", Long.toString(settings.statement().toSeconds() + SILENCE_SECONDS));
        return properties;
    }

    /** A connection of its own, outside the pool, for listening. */
    Connection listener() throws SQLException {
        return door.getConnection();
    }

    /** The present era. */
    Era era() {
        return door.era();
    }

    /** Reads, each statement by itself. */
    <T> T read(Function<Handle, T> body) {
        try {
            return jdbi.withHandle(body::apply);
        } catch (JdbiException e) {
            throw translated(e);
        }
    }

    /** One transaction; {@link Conflict} if it has to be done again. */
    <T> T transaction(Function<Handle, T> body) {
        try {
            return jdbi.inTransaction(body::apply);
        } catch (JdbiException e) {
            throw translated(e);
        }
    }

    private static RuntimeException translated(RuntimeException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return translated(e, String.valueOf(sql.getSQLState()), String.valueOf(sql.getMessage()));
            }
        }
        return new IllegalStateException("the store cannot work with its database: " + e.getMessage(), e);
    }

    /** By class of SQLSTATE: 08 connection, 53 resources, 57 operator's or time limit, 58 system, 25 a transaction ended by the server, 40 conflict. */
    private static RuntimeException translated(RuntimeException e, String state, String message) {
        boolean away = state.equals("null")
                || state.startsWith("08")
                || state.startsWith("25P")
                || state.startsWith("53")
                || state.startsWith("57")
                || state.startsWith("58")
                || state.equals("55P03")
                || state.equals("25006");
        if (away) {
            return new StoreUnavailable("PostgreSQL: " + message, e);
        }
        if (state.startsWith("40") || state.equals("23505")) {
            return new Conflict(message, e);
        }
        return new IllegalStateException("the store cannot do this: " + message, e);
    }

    @Override
    public void close() {
        pool.close();
    }
}
