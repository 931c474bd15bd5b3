package yunqi.server.store;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.postgresql.Driver;
import org.slf4j.LoggerFactory;

/**
 * Where every connection to PostgreSQL is made. Each enters the era first: a database that went back to an older state cuts all connections, so nobody works in the new era without
 * knowing of it.
 */
final class PostgresDoor implements DataSource {
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(PostgresDoor.class);
    private static final String NO_SUCH_FUNCTION = "42883";

    private final String url;
    private final Properties properties;
    private final Driver driver = new Driver();
    private volatile Era era = new Era(0, Instant.EPOCH);

    PostgresDoor(PostgresSettings settings, Properties properties) {
        this.url = settings.url();
        this.properties = new Properties();
        this.properties.putAll(properties);
        this.properties.setProperty("user", settings.user());
        this.properties.setProperty("password", settings.password());
    }

    /** The era of the newest connection. */
    Era era() {
        return era;
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = driver.connect(url, properties);
        if (connection == null) {
            throw new SQLException("no connection to " + url);
        }
        try {
            enter(connection);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** Before the first migration there are no eras yet. */
    void enter(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("select start, since from enter_era()")) {
            result.next();
            Era now = new Era(
                    result.getLong(1), result.getObject(2, OffsetDateTime.class).toInstant());
            if (!now.equals(era)) {
                if (now.forgetful()) {
                    LOG.warn(
                            "since {} the database is what it was before, or another: what hosts hold is asked for, and nothing is removed that has no row",
                            now.since());
                }
                era = now;
            }
        } catch (SQLException e) {
            if (!NO_SUCH_FUNCTION.equals(e.getSQLState())) {
                throw e;
            }
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("there is one user only");
    }

    @Override
    public PrintWriter getLogWriter() {
        return new PrintWriter(java.io.Writer.nullWriter());
    }

    @Override
    public void setLogWriter(PrintWriter out) {
        LOG.trace("nothing is logged there");
    }

    @Override
    public void setLoginTimeout(int seconds) {
        LOG.trace("the limit for connecting is one of the settings");
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("SLF4J is logged to");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("nothing is wrapped here");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
