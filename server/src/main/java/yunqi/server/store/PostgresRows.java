package yunqi.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;
import yunqi.core.base.Labels;
import yunqi.core.base.Meta;
import yunqi.core.base.Name;
import yunqi.core.wire.Wire;

/** Rows, amounts and changes as columns, read back. */
final class PostgresRows {
    /** The columns that {@link #row} reads. */
    static final String COLUMNS = "id, kind, project, name, labels, generation, decision, observation, version,"
            + " desired, decided, seen, host, created, deleted";

    private PostgresRows() {}

    static Row row(ResultSet result) throws SQLException {
        Meta meta = new Meta(
                result.getObject("id", UUID.class),
                project(result),
                new Name(result.getString("name")),
                Wire.stored(result.getString("labels"), Labels.class),
                result.getLong("generation"),
                result.getLong("decision"),
                result.getLong("observation"),
                result.getLong("version"),
                time(result, "created").orElseThrow(),
                time(result, "deleted"));
        return new Row(
                result.getString("kind"),
                meta,
                result.getString("desired"),
                result.getString("decided"),
                result.getString("seen"),
                Optional.ofNullable(result.getObject("host", UUID.class)));
    }

    /** The amounts in the columns that begin so. */
    static Amounts amounts(ResultSet result, String prefix) throws SQLException {
        return new Amounts(
                result.getLong(prefix + "milli_cpus"),
                result.getLong(prefix + "memory_bytes"),
                result.getLong(prefix + "disk_bytes"),
                result.getLong(prefix + "instances"),
                result.getLong(prefix + "addresses"));
    }

    static Change change(ResultSet result, long version) throws SQLException {
        return new Change(
                version,
                Change.What.valueOf(result.getString("what")),
                result.getString("kind"),
                result.getObject("id", UUID.class),
                project(result),
                new Name(result.getString("name")),
                Optional.ofNullable(result.getObject("host", UUID.class)),
                counts(result));
    }

    static Counts counts(ResultSet result) throws SQLException {
        return new Counts(result.getLong("generation"), result.getLong("decision"), result.getLong("observation"));
    }

    private static Optional<Name> project(ResultSet result) throws SQLException {
        String project = result.getString("project");
        return project.isEmpty() ? Optional.empty() : Optional.of(new Name(project));
    }

    private static Optional<Instant> time(ResultSet result, String column) throws SQLException {
        return Optional.ofNullable(result.getObject(column, OffsetDateTime.class))
                .map(OffsetDateTime::toInstant);
    }
}
