package yunqi.server.store;

import java.time.Duration;
import yunqi.core.base.BadValue;

/**
 * How to reach PostgreSQL: a JDBC URL without credentials, who we are there, how many connections at most, how long a single statement may take, and how
 * long to wait for a connection before the store counts as unavailable.
 */
public record PostgresSettings(
        String url, String user, String password, int connections, Duration statement, Duration patience) {
    private static final int FEWEST = 4; // two writers, the log, a reader
    private static final int MOST = 100; // more only wait for each other inside PostgreSQL

    public PostgresSettings {
        if (!url.startsWith("jdbc:postgresql:")) {
            throw new BadValue(
                    "database.url", "'" + url + "' is not a database: write jdbc:postgresql://host:port/database");
        }
        if (connections < FEWEST || connections > MOST) {
            throw new BadValue("database.connections", connections + " is not between " + FEWEST + " and " + MOST);
        }
    }

    /** With limits that suit one server: 12 connections, 10 s a statement, 5 s for a connection. */
    public static PostgresSettings of(String url, String user, String password) {
        return new PostgresSettings(url, user, password, 12, Duration.ofSeconds(10), Duration.ofSeconds(5));
    }

    /** Without the password: settings are logged. */
    @Override
    public String toString() {
        return "PostgresSettings[" + url + ", " + user + "]";
    }
}
