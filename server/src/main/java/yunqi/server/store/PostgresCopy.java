package yunqi.server.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.postgresql.PGConnection;

/**
 * All rows of a database, out of it and into it. What comes in is laid beside what is there, in a schema of its own, while whoever works goes on working; {@link #swap} then exchanges the
 * two in one transaction, and keeps the old one under another name. So at any moment the database is whole: as it was, or as it was brought back.
 */
public final class PostgresCopy {
    private static final String LIVE = "public";
    private static final String STAGED = "yunqi_staged";
    private static final String BEFORE = "yunqi_before_";
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss").withZone(ZoneOffset.UTC);

    // Those that others refer to come first. What isn't here is the log of changes, which begins anew, and leases.
    private static final List<String> TABLES =
            List.of("thing", "pool", "claim", "charge", "audit", "audit_mark", "audit_open", "era", "schema_release");

    private final PostgresSettings settings;

    public PostgresCopy(PostgresSettings settings) {
        this.settings = settings;
    }

    /** Where the rows of one table go. */
    public interface Target {
        void table(String name, Source rows) throws IOException;
    }

    /** Writes the rows of one table. */
    public interface Source {
        void to(OutputStream out) throws IOException;
    }

    /** Gives the rows of one table. */
    public interface Rows {
        InputStream of(String table) throws IOException;
    }

    /** What the database is like now: its migration, and about how many bytes it takes. */
    public record Extent(String migration, long bytes) {}

    /** The rows as they were at one moment, each table in turn, while everybody goes on working. */
    public void dump(Target target) throws IOException {
        try (Connection connection = connect(LIVE)) {
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            try (Statement statement = connection.createStatement()) {
                for (String table : TABLES) {
                    statement.execute("select 1 from " + table + " limit 1"); // the first takes the snapshot of all
                    target.table(table, out -> copyOut(connection, table, out));
                }
            }
            connection.rollback();
        } catch (SQLException e) {
            throw failed("cannot be read", e);
        }
    }

    private static void copyOut(Connection connection, String table, OutputStream out) throws IOException {
        try {
            connection.unwrap(PGConnection.class).getCopyAPI().copyOut("copy " + table + " to stdout", out);
        } catch (SQLException e) {
            throw failed("table " + table + " cannot be read", e);
        }
    }

    /** Empty if there are no rows of ours in it yet. */
    public Optional<Extent> extent() throws IOException {
        try (Connection connection = connect(LIVE);
                Statement statement = connection.createStatement()) {
            if (!one(statement, "select to_regclass('flyway_schema_history') is not null")
                    .equals("t")) {
                return Optional.empty();
            }
            return Optional.of(new Extent(
                    one(
                            statement,
                            "select version from flyway_schema_history where success order by installed_rank desc limit 1"),
                    Long.parseLong(one(statement, "select pg_database_size(current_database())"))));
        } catch (SQLException e) {
            throw failed("does not answer", e);
        }
    }

    /** Lays the rows of a backup beside those that are there. Nobody sees them yet; what an earlier call left is thrown away. */
    public void stage(String migration, Rows rows) throws IOException {
        unstage();
        try (Connection connection = connect(LIVE);
                Statement statement = connection.createStatement()) {
            statement.execute("create schema " + STAGED);
        } catch (SQLException e) {
            throw failed("cannot be written", e);
        }
        try {
            Flyway.configure()
                    .dataSource(in(STAGED), settings.user(), settings.password())
                    .schemas(STAGED)
                    .locations("classpath:db/migration")
                    .target(migration)
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw new IOException("the tables of migration " + migration + " cannot be made: " + e.getMessage(), e);
        }
        try (Connection connection = connect(STAGED)) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                for (String table : TABLES) {
                    load(connection, statement, table, rows);
                }
                // Whichever PostgreSQL this is: what comes now is a new era.
                statement.execute("update era set system = 'restored'");
            }
            connection.commit();
        } catch (SQLException e) {
            throw failed("does not take the rows of the backup", e);
        }
    }

    /** Throws away what {@link #stage} has laid down. */
    public void unstage() throws IOException {
        try (Connection connection = connect(LIVE);
                Statement statement = connection.createStatement()) {
            statement.execute("drop schema if exists " + STAGED + " cascade");
        } catch (SQLException e) {
            throw failed("cannot be written", e);
        }
    }

    private static void load(Connection connection, Statement statement, String table, Rows rows)
            throws SQLException, IOException {
        statement.execute("alter table " + table + " disable trigger user");
        statement.execute("delete from " + table);
        try (InputStream in = rows.of(table)) {
            connection.unwrap(PGConnection.class).getCopyAPI().copyIn("copy " + table + " from stdin", in);
        }
        statement.execute("alter table " + table + " enable trigger user");
    }

    /**
     * Puts what was staged in the place of what is there, which is kept under the name that {@link #before} gives for this moment, if there was anything. No server may work meanwhile. {@code same} says that both
     * are of one cloud: a token that is in the backup and was revoked or used since is not brought back. Of another one, or where nothing is there, only those that let hosts join are left out.
     */
    public void swap(Instant now, boolean same) throws IOException {
        boolean there = extent().isPresent();
        String before = before(now);
        try (Connection connection = connect(LIVE)) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                String token = STAGED + ".thing s where s.kind = 'token'";
                statement.execute("delete from " + token
                        + (there && same
                                ? " and not exists (select 1 from " + LIVE
                                        + ".thing l where l.id = s.id and l.deleted is null)"
                                : " and s.desired ->> 'purpose' = 'join'"));
                // Also an empty one has a name: what comes along with a new database may lie in it.
                statement.execute("alter schema " + LIVE + " rename to " + before);
                statement.execute("alter schema " + STAGED + " rename to " + LIVE);
                if (!there) {
                    statement.execute("drop schema " + before);
                }
            }
            connection.commit();
        } catch (SQLException e) {
            throw failed("cannot exchange its rows", e);
        }
    }

    /** The name under which {@link #swap} keeps at this moment what was there. */
    public static String before(Instant now) {
        return BEFORE + STAMP.format(now);
    }

    /** Puts back what {@link #swap} kept under this name. */
    public void undo(String before) throws IOException {
        try (Connection connection = connect(LIVE)) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("drop schema if exists " + STAGED + " cascade");
                statement.execute("alter schema " + LIVE + " rename to " + STAGED);
                statement.execute("alter schema " + before + " rename to " + LIVE);
            }
            connection.commit();
        } catch (SQLException e) {
            throw failed("cannot put back what was there", e);
        }
    }

    /** The names under which earlier states are kept, oldest first. */
    public List<String> kept() throws IOException {
        List<String> names = new ArrayList<>();
        try (Connection connection = connect(LIVE);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(
                        "select nspname from pg_namespace where starts_with(nspname, '" + BEFORE + "') order by 1")) {
            while (result.next()) {
                names.add(result.getString(1));
            }
        } catch (SQLException e) {
            throw failed("does not answer", e);
        }
        return List.copyOf(names);
    }

    private static String one(Statement statement, String sql) throws SQLException {
        try (ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }

    private Connection connect(String schema) throws SQLException {
        return DriverManager.getConnection(in(schema), settings.user(), settings.password());
    }

    private String in(String schema) {
        return settings.url() + (settings.url().contains("?") ? "&" : "?") + "currentSchema=" + schema;
    }

    private static IOException failed(String what, SQLException why) {
        return new IOException("the database " + what + ": " + why.getMessage(), why);
    }
}
