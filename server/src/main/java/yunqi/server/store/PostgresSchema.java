package yunqi.server.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.postgresql.ds.PGSimpleDataSource;
import yunqi.core.wire.Release;

/**
 * The tables, and of which release they are. All that is missing is done in one transaction under a lock, so it is done wholly and once, or not at all. Tables of
 * the next release do for this one too, as that one's migrations are made so; from later ones this one keeps its hands off.
 */
public final class PostgresSchema {
    private static final List<String> MIGRATIONS = List.of("classpath:db/migration");

    // A server that works holds its locks for milliseconds; whoever waits for one longer holds up all behind him.
    private static final String LIMITS = "-c lock_timeout=10s -c statement_timeout=30min";
    private static final int CONNECT_SECONDS = 5;
    private static final String UNDEFINED_TABLE = "42P01";

    private PostgresSchema() {}

    /** Brings the tables to this release. Throws {@link StoreUnavailable} with the cause if that is not possible; then they are as they were. */
    public static void migrate(PostgresSettings settings) {
        migrate(settings, MIGRATIONS, Release.OURS);
    }

    static void migrate(PostgresSettings settings, List<String> migrations, Release ours) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(settings.url());
        source.setUser(settings.user());
        source.setPassword(settings.password());
        source.setConnectTimeout(CONNECT_SECONDS);
        source.setTcpKeepAlive(true);
        source.setOptions(LIMITS);
        source.setApplicationName("yunqi-migrate");
        try {
            refuseTheFuture(source, ours);
            Flyway.configure()
                    .dataSource(source)
                    .locations(migrations.toArray(String[]::new))
                    .group(true)
                    .load()
                    .migrate();
            mark(source, ours);
        } catch (FlywayException e) {
            throw new StoreUnavailable(
                    "the database cannot be brought to " + ours.version() + ", and is as it was: " + cause(e), e);
        } catch (SQLException e) {
            throw new StoreUnavailable("PostgreSQL at " + settings.url() + " does not answer: " + e.getMessage(), e);
        }
    }

    private static void refuseTheFuture(PGSimpleDataSource source, Release ours) throws SQLException {
        Optional<Release> theirs = marked(source);
        if (theirs.isPresent() && theirs.get().number() > ours.number() + 1) {
            throw new StoreUnavailable(
                    "the database was brought to " + theirs.get().version() + " (release "
                            + theirs.get().number() + ") by a newer server, and this one is " + ours.version()
                            + " (release "
                            + ours.number()
                            + "): it would spoil what it does not understand; start a server of that release, or restore a backup of this one");
        }
    }

    /** The release that the tables were last brought to; empty before there was a mark. */
    static Optional<Release> marked(PGSimpleDataSource source) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("select release, version from schema_release")) {
            return result.next() ? Optional.of(new Release(result.getInt(1), result.getString(2))) : Optional.empty();
        } catch (SQLException e) {
            if (UNDEFINED_TABLE.equals(e.getSQLState())) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Never backwards: an older server that works on newer tables leaves them what they are. */
    private static void mark(PGSimpleDataSource source, Release ours) throws SQLException {
        try (Connection connection = source.getConnection();
                var statement = connection.prepareStatement(
                        "update schema_release set release = ?, version = ? where release < ? or version is null")) {
            statement.setInt(1, ours.number());
            statement.setString(2, ours.version());
            statement.setInt(3, ours.number());
            statement.executeUpdate();
        }
    }

    /** Which migration, and what PostgreSQL said about it, in one line. */
    private static String cause(FlywayException e) {
        StringBuilder words = new StringBuilder();
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return words
                        + String.valueOf(sql.getMessage()).lines().findFirst().orElse("");
            }
            words.append(String.valueOf(cause.getMessage())
                            .lines()
                            .filter(line -> !line.isBlank())
                            .findFirst()
                            .orElse(""))
                    .append(": ");
        }
        return words.toString();
    }
}
